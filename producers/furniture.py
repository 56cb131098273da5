"""What a site puts around and between its paragraphs: ways to other pages, buttons, rights, paths of sections.

Only whole lines count, and only what no sentence of an article would be: „Mehr zum Thema“, "Share this article".
"""

from __future__ import annotations

import re

from producers.labels import ad_label

MAX_CHARS = 160
"""A longer line is text."""

_WHOLE = (
    # German
    r"mehr (?:zum thema|zu diesem thema|dazu|lesen|nachrichten|anzeigen|aus (?:der|dem|den) \w+)",
    r"(?:auch interessant|das könnte (?:sie|dich) auch interessieren|weitere (?:artikel|meldungen|nachrichten|themen)"
    r"(?: zum thema)?|meistgelesen(?:e artikel)?|ähnliche artikel|empfohlene artikel|verwandte themen)",
    r"(?:hier |jetzt )?weiterlesen|nach oben|zur startseite|startseite|zum seitenanfang|zum inhalt springen|menü",
    r"(?:artikel |beitrag )?(?:teilen|drucken|versenden|vorlesen|anhören|merken|speichern|kommentieren)",
    r"(?:auf|via|über|per) (?:facebook|twitter|x|whatsapp|telegram|e-?mail|mail)(?: teilen| versenden)?",
    r"link kopieren|link kopiert|bild vergrößern|schließen|feedback geben|fehler melden",
    r"(?:\d+ )?kommentare?(?: \(?\d+\)?| anzeigen| lesen| schreiben)?|jetzt kommentieren|diskutieren sie mit",
    r"(?:zum |unser(?:en)? |den )?newsletter(?: abonnieren| bestellen)?|jetzt (?:kostenlos )?(?:anmelden|abonnieren"
    r"|registrieren|testen|bestellen)|abo abschließen|abonnieren|hier anmelden|zur merkliste hinzufügen",
    r"alle rechte vorbehalten\.?|quelle: (?:dpa|afp|reuters|ap|apa|sid|kna|epd)(?:\W+\w{2,8}){0,4}",
    # English
    r"(?:read|see|view|show|load) (?:more|next|comments)|more (?:on|from|about) this (?:story|topic)"
    r"|more (?:stories|news|top stories)|related (?:articles?|stories|story|topics|content|news|links)"
    r"|you (?:may|might) also like|recommended(?: for you)?|most (?:read|popular|viewed)|editors?['’]s? picks?"
    r"|top stories|trending(?: now)?|what to read next|up next",
    r"(?:share|print|save|email|e-mail|bookmark|tweet)(?: (?:this|this article|this story|this page|article|story))?",
    r"share (?:on|via|to) .{1,60}|copy link|link copied|back to top|skip to (?:main )?content|menu|home"
    r"|listen to (?:this )?article|follow us(?: on .{1,40})?|post a comment|leave a comment|join the conversation",
    r"(?:\d+ )?comments?(?: \(?\d+\)?)?|(?:subscribe|sign up|register|log in|sign in)(?: now| today| here| for free)?",
    r"(?:subscribe|sign up) (?:to|for) (?:our|the|\w+['’]s) .{0,60}(?:newsletters?|updates|emails?|alerts?)\W*",
    r"all rights reserved\.?|view all|see all|load more|show more|close",
)
_TITLE = r"[^.!?:]{2,}[.!?]?"
"""One title or sentence, with no second one behind it."""
_OPENINGS = (
    # German
    r"(?:lesen sie|lies) (?:auch|mehr|dazu|hierzu|weiter)\b(?:[^.!?:]*|[^.!?:]{0,40}:\s?" + _TITLE + ")",
    r"(?:mehr zum thema|auch interessant|passend dazu|hintergrund dazu|zum thema|mehr dazu|siehe auch|zum weiterlesen"
    r"|im video|video|podcast|fotostrecke|bilderstrecke|newsletter|live-?ticker)\s?:\s" + _TITLE,
    r"teilen (?:auf|via|über|per)\b[^.!?]*",
    # English
    r"(?:read (?:more|also|next)|also read|see also|related|in pictures|recommended|don['’]t miss|live updates"
    r"|newsletter)\s?:\s" + _TITLE,
    # Rights and marks of agencies
    r"(?:©|\(c\)|copyright)\s?\S+(?:\s\S+){0,7}(?:\s(?:all rights reserved|alle rechte vorbehalten)\.?)?",
    r"(?:dpa|apa|sda|afp|epd|kna)[:-]\d{6,8}-[\w/-]+",
)
_WIRE = re.compile(
    # APA0123 5 AI 0345, AXC0123 2026-03-12/09:14; BC-US--Storm, 3rd Ld-Writethru,450; Unfälle/Tirol/Lawinen
    r"[A-Z]{3}\d{4}(?:\s+\d{1,2}\s+[A-Z]{2}\s+\d{4}\b.{0,80}|\s+[\d./:-]{6,20})|(?:AM|BC|NY|PM)-[\w&./'’-]+(?:,.{0,60})?,\s?\d{2,4}"
    r"|[A-ZÄÖÜ][\w-]+(?:/[A-ZÄÖÜ][\w-]+){2,5}|\((?:Schluss|Fortsetzung)(?:\W[^()]{0,20})?\).{0,20}"
    r"|ISIN\s+[A-Z]{2}\w{10}"
)
"""Marks of news agencies: numbers, slugs, the end of a report."""
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright\b).{0,300}?(?:alle rechte vorbehalten|all rights reserved|gestattet|permission|prohibited)"
    r".{0,300}",
    re.IGNORECASE,
)
MAX_RIGHTS_CHARS = 600
_SIGNATURE = re.compile(r"(?<=[.!?“”\"»«)])\s?(?P<mark>(?:/[a-zäöü]{2,4}){2,6}/)$")

SECTIONS = frozenset(
    "politik inland ausland international wirtschaft finanzen börse panorama vermischtes kultur feuilleton medien "
    "sport fußball wissen wissenschaft digital technik netzwelt gesundheit reise auto mobilität regional regionales "
    "lokales meinung gesellschaft unterhaltung leute chronik "
    "politics world business economy finance markets opinion culture entertainment science technology tech health "
    "sports travel lifestyle local national".split()
)
"""Names of sections as a line of their own above a headline, in lower case."""

_FURNITURE = re.compile("|".join((*_WHOLE, *_OPENINGS)), re.IGNORECASE)
_DECORATION = re.compile(r"^[\s\-–—_*=+#~|•·►▶▼→»›+\[(]+|[\s\-–—_*=+#~|•·►▶▼→»›+\])…]+$")
_PATH = re.compile(r"[^>»›|/.!?:]{2,40}(?:\s[>»›/]\s[^>»›|/.!?:]{2,60}){1,5}")
_PATH_BEGINS = re.compile(r"(?:startseite|start|home|news|nachrichten|homepage)\s", re.IGNORECASE)


def leftover(line: str) -> str | None:
    """The line as it stands if a site put it there, be it a label of an advertisement; None for text."""
    label = ad_label(line)
    if label is not None:
        return label
    if len(line) > MAX_RIGHTS_CHARS:
        return None
    bare = _DECORATION.sub("", line)
    if _RIGHTS.fullmatch(bare):
        return line.strip()
    if len(line) > MAX_CHARS or not bare:
        return None
    return line.strip() if _FURNITURE.fullmatch(bare) or _WIRE.fullmatch(line.strip()) or _is_path(bare) else None


def split_signature(paragraph: str) -> tuple[str, str | None]:
    """The paragraph without an agency's marks of its authors, „…/mis/he/jha/“, and the marks."""
    match = _SIGNATURE.search(paragraph, max(0, len(paragraph) - 40))
    return (paragraph[: match.start()], match["mark"]) if match else (paragraph, None)


def _is_path(line: str) -> bool:
    """„Startseite > Politik > Ausland“: sections and no sentence."""
    if not _PATH.fullmatch(line):
        return False
    steps = re.split(r"\s[>»›/]\s", line)
    return all(len(step.split()) <= 5 for step in steps[:-1]) and (
        _PATH_BEGINS.match(line) is not None or (len(steps) > 2 and " / " not in line)
    )
