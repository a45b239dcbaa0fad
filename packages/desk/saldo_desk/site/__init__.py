"""The window: menu bar, lists, dialogs, settings, log. Translates, calls one verb, translates back."""
