"""Reusable widgets, knowing nothing of the network. Import each from its own module.

All texts come from the caller, already translated; a widget with words of its own takes them at creation and again
through ``retext``. Colours, type and distances come from :mod:`gui.theme`; after `apply_theme` every widget repaints.
Sizes are logical units scaled by ``theme.S``.

==================  ===================================================================================================
shapes              Shapes (anti-aliased images), BoundedCache, mix
styles              the ttk styles: Card.TFrame, Primary.TButton, InS.TLabel ... (names in its docstring)
segmented           SegmentedControl(master, [(value, text, icon)], value, command): .value .set .retext .set_options
virtual_list        VirtualList: any number of rows from a RowSource (count, fetch); .refresh() after appending,
                    .invalidate() after anything else; .on_unseen(n) .on_select() .on_open(row) .on_menu(row, event)
text_select         TextSelectList: a VirtualList with text selection and .set_find(text)
bubbles             BubbleList of BubbleRow, BubbleWords
==================  ===================================================================================================
"""
