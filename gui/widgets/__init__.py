"""Reusable widgets, knowing nothing of the network. Import each from its own module.

The caller passes all texts, already translated. A widget that keeps texts accepts them at creation and again
through ``retext``, which its owner calls from `gui.look.words.follow_language`; one whose text changes with
its content has ``show``. Colours, type and distances come from :mod:`gui.look.look`; after `apply_theme` each
widget repaints by itself. Sizes are logical units scaled by ``look.S``.

- three_cards: ThreeCards(frame, left, middle, widths, choose_right) lays out a page's cards; card_header:
  CardHeader(card, tools, on_resize); icon_tools: a row of buttons that are only icons; icon_label: IconLabel
- form: TextField, ChoiceField, Switch; wrapping_label: WrappingLabel.show(text); scroll_area:
  ScrollArea
- menu: popup_menu(master, [MenuEntry], x, y), menu_under(widget, entries); qr: qr_image(text, side, dark)
- read_only_text: ReadOnlyText.show(text); code_text: CodeText, ConsoleText
- segmented: SegmentedControl(master, [(value, text, icon)], value, command): value, set, retext,
  set_options, enable
- field: FieldEntry(master, placeholder, icon, validate, on_change, on_enter): value, set, check,
- composer: Composer(master, placeholder, on_send -> bool): left, right, value, set, submit,
  show_error(message, start, stop), accept_files(on_files), history
- virtual_list: VirtualList of any number of rows from a RowSource (count, fetch), made of a RowView
  (row_view: where the rows are, how they are painted) and a ListInput (list_input: mouse and keys):
  refresh() after appending, invalidate() after anything else, set_source, see, to_bottom, selection, copy;
  callbacks on_unseen(n), on_select(), on_open(row), on_menu(row, event), on_copy(text). ListSource(rows)
  for rows in memory
- text_select: TextSelectList adds selecting text inside a row and set_find(text)
- bubbles: BubbleList of BubbleRow with BubbleWords; show_authors
- log_list: LogList of LogRow with LogWords; set_mode("text" | "hex" | "both"), show_dates(on),
  show_peers(several); peer_tag: a peer's short name and its colour
- sequence: SequenceDiagram of SequenceRow with SequenceWords: on_pick(key), pause(on), clear,
  saving(path)
- session_list: SessionList.set_items([SessionItem]): on_choose(item), on_context(item, event), choose(key)
- banner: Banner(master, text, tone, action, on_action, on_close).show(text, tone, action)
- toast: Toasts(window).show(text, tone)
- dialog: Dialog(parent, title, text, [DialogButton]): content, ask() -> value, close(value)
- tooltip: Tooltip(widget, text); empty: EmptyState(master, icon, sentence, detail, action, on_action)
- meter: MetricTiles.show([Metric]), Sparkline.add(value, text)
"""
