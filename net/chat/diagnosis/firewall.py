"""What the system's firewall says about what Duplex needs, where it answers: Linux, Windows and macOS.

It only asks; it never changes a rule. The answer is a hint beside the real test, `Discovery.hear_itself`:
rules can be anything, and reading them takes rights that the user may not have.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

ASK_TIMEOUT = 8.0
"""Seconds for one program; PowerShell takes a few to start."""


class Verdict(str, Enum):
    BLOCKS = "blocks"
    PUBLIC = "public"  # Windows: the network counts as public, where hardly anything is let in
    ON = "on"  # something filters; nothing says that it lets Duplex through
    UNKNOWN = "unknown"  # it filters, or may, and only an administrator may read the rules
    ALLOWS = "allows"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class FirewallAnswer:
    """``tool``: "ufw", "firewalld", "nftables", "iptables", "Windows", "macOS"; ``what``: the port
    ("45654/udp"), kind of traffic ("multicast", "broadcast"), profile or network it is about, or ""."""

    tool: str
    verdict: Verdict
    what: str = ""


def ask_firewall(tcp_port: int, udp_port: int) -> list[FirewallAnswer]:
    """Blocks for up to some seconds: for a thread of its own."""
    if sys.platform == "win32":
        text = _run("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", _POWERSHELL)
        return read_windows(text) if text is not None else [FirewallAnswer("Windows", Verdict.UNKNOWN)]
    if sys.platform == "darwin":
        return _ask_macos()
    return _ask_linux((f"{tcp_port}/tcp", f"{udp_port}/udp"))


# --- Linux ---


def _ask_linux(ports: tuple[str, ...]) -> list[FirewallAnswer]:
    answers: list[FirewallAnswer] = []
    if shutil.which("ufw"):
        text = _run("ufw", "status", "verbose")
        if text is not None:
            answers += read_ufw(text, ports)
        else:
            with contextlib.suppress(OSError):
                config = Path("/etc/ufw/ufw.conf").read_text("utf-8", "replace")
                on = "enabled=yes" in config.lower().replace(" ", "")
                answers.append(FirewallAnswer("ufw", Verdict.UNKNOWN if on else Verdict.OFF))
    if shutil.which("firewall-cmd") and (_run("firewall-cmd", "--state") or "").strip() == "running":
        text = _run("firewall-cmd", "--list-all")
        answers += (
            read_firewalld(text, ports)
            if text is not None
            else [FirewallAnswer("firewalld", Verdict.UNKNOWN)]
        )
    if answers:
        # Both write nftables or iptables rules, which would only say the same in more words.
        return answers
    if shutil.which("nft"):
        text = _run("nft", "-j", "list", "ruleset")
        if text is not None:
            answers += read_nft(text, ports)
        elif _service_is_on("nftables"):
            answers.append(FirewallAnswer("nftables", Verdict.UNKNOWN))
    if shutil.which("iptables") and not any(answer.verdict is Verdict.BLOCKS for answer in answers):
        text = _run("iptables", "-S", "INPUT")
        if text is not None:
            answers += read_iptables(text, ports)
    return answers


def read_ufw(text: str, ports: tuple[str, ...]) -> list[FirewallAnswer]:
    """From ``ufw status verbose``."""
    lines = text.lower().splitlines()
    if not any(line.startswith("status: active") for line in lines):
        return [FirewallAnswer("ufw", Verdict.OFF)]
    default = next((line for line in lines if line.startswith("default:")), "")
    answers = []
    for port in ports:
        verdict = Verdict.ALLOWS if "allow (incoming)" in default else Verdict.BLOCKS
        for line in lines:
            target, _, rest = line.partition("  ")
            if _names_port(target.replace("(v6)", "").strip(), port):
                verdict = Verdict.ALLOWS if rest.strip().startswith("allow") else Verdict.BLOCKS
                break
        answers.append(FirewallAnswer("ufw", verdict, port))
    return answers


def read_firewalld(text: str, ports: tuple[str, ...]) -> list[FirewallAnswer]:
    """From ``firewall-cmd --list-all``, of the default zone."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.strip().partition(":")
        fields[key] = value.strip()
    listed = fields.get("ports", "").split()
    is_open = fields.get("target", "") == "ACCEPT"
    return [
        FirewallAnswer(
            "firewalld",
            Verdict.ALLOWS if is_open or any(_names_port(one, port) for one in listed) else Verdict.BLOCKS,
            port,
        )
        for port in ports
    ]


def read_nft(text: str, ports: tuple[str, ...]) -> list[FirewallAnswer]:
    """From ``nft -j list ruleset``: what the chains that see arriving datagrams name outright."""
    try:
        items = json.loads(text).get("nftables", [])
    except (ValueError, AttributeError):
        return [FirewallAnswer("nftables", Verdict.UNKNOWN)]
    inputs: dict[tuple[str, str, str], str] = {}
    for item in items:
        chain = item.get("chain", {})
        if chain.get("hook") in ("input", "prerouting", "ingress") and chain.get("type") == "filter":
            key = (chain.get("family", ""), chain.get("table", ""), chain.get("name", ""))
            inputs[key] = chain.get("policy", "accept")
    if not inputs:
        return [FirewallAnswer("nftables", Verdict.OFF)]
    allowed: set[str] = set()
    blocked: dict[str, None] = {}
    other = False
    for item in items:
        rule = item.get("rule", {})
        if (rule.get("family", ""), rule.get("table", ""), rule.get("chain", "")) not in inputs:
            continue
        expressions = rule.get("expr", [])
        drops = any("drop" in one or "reject" in one for one in expressions)
        accepts = any("accept" in one for one in expressions)
        other = other or drops or any("jump" in one or "goto" in one for one in expressions)
        for subject in _subjects(expressions, ports):
            if drops:
                blocked[subject] = None
            elif accepts:
                allowed.add(subject)
    for port in ports if "drop" in inputs.values() else ():
        if port not in allowed:
            blocked[port] = None
    if blocked:
        return [FirewallAnswer("nftables", Verdict.BLOCKS, what) for what in blocked]
    return [FirewallAnswer("nftables", Verdict.ON if other else Verdict.ALLOWS)]


def _subjects(expressions: list[dict[str, Any]], ports: tuple[str, ...]) -> list[str]:
    """Which of the ports, or "multicast" or "broadcast", the matches of a rule name."""
    found = []
    for one in expressions:
        match = one.get("match", {})
        left, right = match.get("left", {}), match.get("right")
        if not isinstance(left, dict) or match.get("op") == "!=":
            continue
        if left.get("meta", {}).get("key") == "pkttype" and right in ("multicast", "broadcast"):
            found.append(str(right))
        payload = left.get("payload", {})
        if payload.get("field") == "dport":
            for port in ports:
                number, _, transport = port.partition("/")
                if payload.get("protocol") in (transport, "th") and _contains(right, int(number)):
                    found.append(port)
    return found


def _contains(right: Any, number: int) -> bool:
    if isinstance(right, dict):
        if "range" in right:
            low, high = right["range"]
            return isinstance(low, int) and isinstance(high, int) and low <= number <= high
        return any(_contains(one, number) for one in right.get("set", []))
    return bool(right == number)


def read_iptables(text: str, ports: tuple[str, ...]) -> list[FirewallAnswer]:
    """From ``iptables -S INPUT``."""
    lines = text.splitlines()
    drops_all = any(line.startswith(("-P INPUT DROP", "-P INPUT REJECT")) for line in lines)
    rules = [line for line in lines if line.startswith("-A INPUT ")]
    if not rules and not drops_all:
        return [FirewallAnswer("iptables", Verdict.OFF)]
    blocked: dict[str, None] = {}
    for kind in ("multicast", "broadcast"):
        if any(f"--pkt-type {kind}" in rule and ("-j DROP" in rule or "-j REJECT" in rule) for rule in rules):
            blocked[kind] = None
    for port in ports:
        number, _, transport = port.partition("/")
        verdict = "DROP" if drops_all else ""
        for rule in rules:
            words = rule.split()
            named = f"-p {transport}" in rule and any(
                option in words and _in_list(words[words.index(option) + 1], int(number))
                for option in ("--dport", "--dports")
                if option in words[:-1]
            )
            if named and "-j" in words[:-1]:
                verdict = words[words.index("-j") + 1]
                break
        if verdict in ("DROP", "REJECT"):
            blocked[port] = None
    if blocked:
        return [FirewallAnswer("iptables", Verdict.BLOCKS, what) for what in blocked]
    return [FirewallAnswer("iptables", Verdict.ON)]


def _in_list(text: str, number: int) -> bool:
    for part in text.split(","):
        low, _, high = part.partition(":")
        if low.isdigit() and int(low) <= number <= int(high if high.isdigit() else low):
            return True
    return False


def _names_port(text: str, port: str) -> bool:
    number, _, transport = port.partition("/")
    numbers, slash, kind = text.partition("/")
    if slash and kind != transport:
        return False
    return any(
        low.isdigit() and int(low) <= int(number) <= int(high if high.isdigit() else low)
        for low, _, high in (part.replace("-", ":").partition(":") for part in numbers.split(","))
    )


def _service_is_on(name: str) -> bool:
    return (_run("systemctl", "is-active", name) or "").strip() == "active"


# --- Windows ---

_POWERSHELL = r"""
$exe = (Get-Process -Id PARENT).Path
$categories = @(Get-NetConnectionProfile | ForEach-Object { "$($_.InterfaceAlias)|$($_.NetworkCategory)" })
$profiles = @(Get-NetFirewallProfile -PolicyStore ActiveStore |
  ForEach-Object { "$($_.Name)|$($_.Enabled)|$($_.DefaultInboundAction)" })
$rules = @(Get-NetFirewallApplicationFilter -Program $exe -ErrorAction SilentlyContinue |
  Get-NetFirewallRule | Where-Object { "$($_.Direction)" -eq "Inbound" } |
  ForEach-Object { "$($_.Enabled)|$($_.Action)|$($_.Profile)" })
@{ categories = $categories; profiles = $profiles; rules = $rules } | ConvertTo-Json -Compress
""".replace("PARENT", str(os.getpid()))
_PROFILES = {"public": "public", "private": "private", "domainauthenticated": "domain"}


def read_windows(text: str) -> list[FirewallAnswer]:
    """From the script's JSON: the networks this PC is on, each with its profile and the rules for this
    program."""
    try:
        read = json.loads(text)
        categories = [line.rpartition("|") for line in read["categories"]]
        profiles = {line.split("|")[0].lower(): line.lower().split("|")[1:3] for line in read["profiles"]}
        rules = [line.lower().split("|") for line in read["rules"]]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return [FirewallAnswer("Windows", Verdict.UNKNOWN)]
    answers = []
    for network, _, category in categories:
        profile = _PROFILES.get(category.lower(), "public")
        enabled, action = profiles.get(profile, ["false", ""])
        if enabled != "true":
            answers.append(FirewallAnswer("Windows", Verdict.OFF, network))
            continue
        fitting = {
            rule[1] for rule in rules if rule[0] == "true" and (rule[2] == "any" or profile in rule[2])
        }
        if "block" in fitting or ("allow" not in fitting and action != "allow"):
            public = profile == "public" and "block" not in fitting
            answers.append(FirewallAnswer("Windows", Verdict.PUBLIC if public else Verdict.BLOCKS, network))
        else:
            answers.append(FirewallAnswer("Windows", Verdict.ALLOWS, network))
    return answers


# --- macOS ---

_SOCKETFILTER = "/usr/libexec/ApplicationFirewall/socketfilterfw"


def _ask_macos() -> list[FirewallAnswer]:
    state = _run(_SOCKETFILTER, "--getglobalstate")
    all_blocked = _run(_SOCKETFILTER, "--getblockall")
    program = _run(_SOCKETFILTER, "--getappblocked", sys.executable)
    return read_macos(state, all_blocked, program)


def read_macos(state: str | None, all_blocked: str | None, program: str | None) -> list[FirewallAnswer]:
    """From ``socketfilterfw --getglobalstate``, ``--getblockall`` and ``--getappblocked``."""
    if state is None:
        return [FirewallAnswer("macOS", Verdict.UNKNOWN)]
    if "disabled" in state.lower() or "state = 0" in state.lower():
        return [FirewallAnswer("macOS", Verdict.OFF)]
    everything = (all_blocked or "").lower()
    if "state = 2" in state.lower() or ("enabled" in everything and "disabled" not in everything):
        return [FirewallAnswer("macOS", Verdict.BLOCKS)]
    said = (program or "").lower()
    if "permitted" in said or "allow" in said:
        return [FirewallAnswer("macOS", Verdict.ALLOWS)]
    return [FirewallAnswer("macOS", Verdict.BLOCKS if "block" in said else Verdict.ON)]


def _run(*command: str) -> str | None:
    """What it printed; None where it can't be run, fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_TIMEOUT,
            env={**os.environ, "LC_ALL": "C"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
