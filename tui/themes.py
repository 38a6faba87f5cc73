"""How the console may look: Textual's own themes, and one for bad light and bad eyes."""

from __future__ import annotations

from textual.theme import Theme

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    warning="#ffff00",
    error="#ff8080",
    success="#80ff80",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    dark=True,
    variables={"block-cursor-foreground": "#000000", "block-cursor-background": "#ffff00", "border": "#ffffff"},
)
DEFAULT = "textual-dark"
