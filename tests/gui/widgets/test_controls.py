"""Segmented control, field, composer, and the small widgets."""

from __future__ import annotations

import pytest
import ttkbootstrap as ttk

from gui.look import look as theme
from gui.look.apply import apply_theme
from gui.look.shapes import BoundedCache, mix
from gui.widgets.banner import Banner
from gui.widgets.composer import HISTORY, MOST_LINES, Composer
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.field import FieldEntry
from gui.widgets.meter import Sparkline
from gui.widgets.segmented import SegmentedControl
from gui.widgets.sequence import SequenceDiagram
from gui.widgets.toast import MOST_TOASTS, Toasts
from gui.widgets.tooltip import Tooltip
from tests.gui.keyboard import press
from tests.waiting import wait_until


def test_a_segment_is_chosen_by_mouse_and_by_arrow_keys(app: ttk.App) -> None:
    reported: list[str] = []
    control = SegmentedControl(app, [("tcp", "TCP"), ("udp", "UDP"), ("x", "X")], "tcp", reported.append)
    control.pack()
    app.update()
    control._buttons[1].invoke()
    press(control._buttons[1], "<Right>")
    press(control._buttons[2], "<Right>")
    assert reported == ["udp", "x", "tcp"]
    assert control.value == "tcp"


def test_a_segment_speaks_another_language_and_keeps_its_choice(app: ttk.App) -> None:
    reported: list[str] = []
    control = SegmentedControl(app, [("s", "Server", "hdd"), ("c", "Client", "pc")], "c", reported.append)
    control.retext(["服务器", "客户端"])
    assert [str(b.cget("text")) for b in control._buttons] == ["服务器", "客户端"]
    assert control.value == "c"
    control.set("s")
    assert reported == []
    with pytest.raises(ValueError, match="options"):
        control.set("nothing")


def test_only_one_segment_is_a_stop_for_tab(app: ttk.App) -> None:
    control = SegmentedControl(app, [("a", "A"), ("b", "B"), ("c", "C")], "b")
    assert [str(b.cget("takefocus")) in ("1", "True") for b in control._buttons] == [False, True, False]


@pytest.mark.parametrize("key", ["<Return>", "<space>"])
def test_buttons_react_to_return_and_space(app: ttk.App, key: str) -> None:
    pressed: list[int] = []
    button = ttk.Button(app, text="Go", style="Primary.TButton", command=lambda: pressed.append(1))
    button.pack()
    press(button, key)
    assert pressed == [1]


def test_a_field_says_what_is_wrong_and_leaves_the_text_alone(app: ttk.App) -> None:
    field = FieldEntry(app, "port", validate=lambda text: None if text.isdigit() else "not a number")
    field.pack()
    app.update()
    assert field.error == ""
    field.entry.insert(0, "12x")
    assert (field.error, field.value) == ("not a number", "12x")
    assert field.box.instate(["invalid"])
    field.entry.delete(2, "end")
    assert field.error == ""
    field.entry.delete(0, "end")
    assert field.error == ""
    assert not field.check()
    assert field.error == "not a number"


def test_a_field_takes_a_paste_as_one_change(app: ttk.App) -> None:
    reported: list[str] = []
    field = FieldEntry(app, on_change=reported.append)
    field.pack()
    app.clipboard_clear()
    app.clipboard_append("１２７．０．０．１：１２３４５")
    press(field.entry, "<<Paste>>")
    assert reported == ["１２７．０．０．１：１２３４５"]


def composer(app: ttk.App) -> tuple[Composer, list[str]]:
    sent: list[str] = []

    def take(text: str) -> bool:
        sent.append(text)
        return text != "refused"

    made = Composer(app, "say something", take)
    made.pack(fill="x")
    app.update()
    return made, sent


def test_enter_sends_and_shift_enter_breaks_the_line(app: ttk.App) -> None:
    made, sent = composer(app)
    made.set("one")
    press(made.text, "<Shift-Return>")
    made.text.insert("insert", "two")
    assert sent == []
    press(made.text, "<Return>")
    assert sent == ["one\ntwo"]
    assert made.value == ""


def test_what_is_not_taken_stays(app: ttk.App) -> None:
    made, sent = composer(app)
    made.set("refused")
    press(made.text, "<Return>")
    assert (sent, made.value, made.history) == (["refused"], "refused", [])


def test_up_and_down_walk_the_history_and_bring_the_draft_back(app: ttk.App) -> None:
    made, _sent = composer(app)
    for text in ("first", "second"):
        made.set(text)
        made.submit()
    made.set("draft")
    press(made.text, "<Up>")
    assert made.value == "second"
    press(made.text, "<Up>")
    press(made.text, "<Up>")
    assert made.value == "first"
    press(made.text, "<Down>")
    press(made.text, "<Down>")
    assert made.value == "draft"


def test_up_inside_several_lines_moves_the_cursor(app: ttk.App) -> None:
    made, _sent = composer(app)
    made.remember("old")
    made.set("a\nb")
    press(made.text, "<Up>")
    assert made.value == "a\nb"


def test_history_is_bounded(app: ttk.App) -> None:
    made, _sent = composer(app)
    for n in range(HISTORY + 20):
        made.remember(str(n))
    assert len(made.history) == HISTORY


def test_the_composer_grows_to_a_limit(app: ttk.App) -> None:
    made, _sent = composer(app)
    made.set("\n".join("abc"))
    app.update()
    assert int(made.text.cget("height")) == 3
    made.set("\n" * 30)
    app.update()
    assert int(made.text.cget("height")) == MOST_LINES


def test_a_mistake_is_marked_until_the_text_changes(app: ttk.App) -> None:
    made, _sent = composer(app)
    made.set("48 zz")
    made.show_error("'zz' is not hex", 3, 5)
    app.update()
    assert made.error == "'zz' is not hex"
    start, stop = (str(index) for index in made.text.tag_ranges("wrong"))
    assert made.text.get(start, stop) == "zz"
    made.text.insert("end", "0")
    app.update()
    assert made.error == ""
    assert not made.text.tag_ranges("wrong")


def test_toasts_are_few_and_go_by_themselves(app: ttk.App) -> None:
    toasts = Toasts(app)
    for n in range(MOST_TOASTS + 2):
        toasts.show(f"number {n}", milliseconds=60_000)
    assert toasts.texts == ["number 2", "number 3", "number 4"]
    toasts.show("brief", milliseconds=1)
    wait_until(lambda: "brief" not in toasts.texts, root=app)


def test_the_theme_changes_after_a_toast_has_gone(app: ttk.App) -> None:
    toasts = Toasts(app)
    toasts.dismiss(toasts.show("brief", milliseconds=60_000))
    apply_theme(app, "dark", False)
    apply_theme(app, "light", False)


@pytest.mark.parametrize(("key", "answer"), [("<Escape>", ""), ("<Return>", "yes")])
def test_a_dialog_answers_to_keys(app: ttk.App, key: str, answer: str) -> None:
    dialog = Dialog(
        app, "Sure?", "Really?", [DialogButton("No", "no"), DialogButton("Yes", "yes", "danger", True)]
    )

    def type_it() -> None:
        # Again until it is heard: the window manager shows the dialog and moves the focus in its own time.
        if dialog.winfo_exists():
            dialog.after(20, type_it)
            dialog.focus_force()
            if dialog.grab_status() and dialog.focus_displayof() is dialog:
                dialog.event_generate(key)

    dialog.after(10, type_it)
    assert dialog.ask() == answer


def test_an_answer_can_be_vetoed(app: ttk.App) -> None:
    dialog = Dialog(app, "Name", buttons=[DialogButton("OK", "ok")], may_close=lambda value: False)
    dialog.present()
    dialog.close("ok")
    assert dialog.winfo_exists()
    dialog.close("")
    assert dialog.answer == ""


def test_a_banner_offers_what_can_be_done(app: ttk.App) -> None:
    done: list[int] = []
    banner = Banner(app, "in use", "error", "Use 12346", lambda: done.append(1))
    banner.pack()
    app.update()
    banner._action.event_generate("<Button-1>", x=2, y=2)
    assert done == [1]
    banner.show("fine", "ok")
    assert str(banner.cget("style")) == "Ok.Banner.TFrame"


def test_a_sparkline_takes_more_than_it_keeps(app: ttk.App) -> None:
    line = Sparkline(app, "rtt")
    line.pack()
    app.update()
    for n in range(500):
        line.add(n, f"{n} ms")
    assert len(line._values) == 80


def test_a_bounded_cache_forgets_the_least_recently_used() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_mixing_colours() -> None:
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert mix("#123456", "#ffffff", 0) == "#123456"


def test_projector_mode_is_larger_and_comes_back(app: ttk.App) -> None:
    before = (theme.S(100), int(theme.look().font(11).cget("size")))
    apply_theme(app, "light", projector=True)
    assert theme.S(100) > before[0]
    assert int(theme.look().font(11).cget("size")) > before[1]
    apply_theme(app, "light")
    assert (theme.S(100), int(theme.look().font(11).cget("size"))) == before


def test_switching_to_and_fro_leaves_no_images_behind(app: ttk.App) -> None:
    for mode in ("dark", "light"):
        apply_theme(app, mode)
    count = len(app.image_names())
    for mode in ("dark", "light", "dark", "light"):
        apply_theme(app, mode)  # type: ignore[arg-type]
    assert len(app.image_names()) == count


def test_a_destroyed_widget_is_not_repainted(app: ttk.App) -> None:
    painted: list[int] = []
    frame = ttk.Frame(app)
    theme.look().watch(frame, lambda: painted.append(1))
    apply_theme(app, "dark")
    frame.destroy()
    apply_theme(app, "light")
    assert painted == [1]


def test_all_who_watch_for_one_widget_are_called_in_order(app: ttk.App) -> None:
    painted: list[str] = []
    frame = ttk.Frame(app)
    theme.look().watch(frame, lambda: painted.append("rows"))
    theme.look().watch(frame, lambda: painted.append("edges"))
    apply_theme(app, "dark")
    frame.destroy()
    apply_theme(app, "light")
    assert painted == ["rows", "edges"]


def test_a_sequence_diagram_follows_the_colours(app: ttk.App) -> None:
    diagram = SequenceDiagram(app)
    apply_theme(app, "dark")
    for canvas in (diagram.canvas, diagram.head, diagram.legend):
        assert str(canvas.cget("background")) == theme.look().palette.card
    diagram.destroy()


def test_a_tooltip_comes_with_tab_and_goes_with_the_next_key(app: ttk.App) -> None:
    first, second = ttk.Button(app, text="1"), ttk.Button(app, text="2")
    for button in (first, second):
        button.pack()
    tip = Tooltip(second, "what it does")
    app.update()
    press(first, "<Tab>")
    wait_until(lambda: tip._window, root=app, what="the tooltip")
    press(second, "<Key-a>")
    assert tip._window is None
