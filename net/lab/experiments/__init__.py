"""The experiments: scenes that are more than programs, by the name that a lesson's scene gives."""

from __future__ import annotations

from net.lab.run.experiment import ExperimentMaker

EXPERIMENTS: dict[str, ExperimentMaker] = {}
