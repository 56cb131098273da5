"""German inflection of names: genitives, declined adjectives in the names of bodies, and keys that see past them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

REMEMBERED = 8192
"""Names whose forms are kept; news speaks of the same ones all day."""

_ENDS_IN_S = frozenset(
    """
    hans klaus claus jens lars nils niels thomas markus marcus andreas johannes matthias mathias tobias jonas lukas
    lucas nikolas nicolas niklas elias christoph boris doris iris agnes ines hannes magnus julius marius justus titus
    denis dennis louis luis carlos jesus moses engels jürgens carstens peters jacobs ahrens behrens martens mertens
    harms evers siemens williams davis jones harris evans roberts adams hughes edwards rogers phillips stevens collins
    reynolds brooks simmons sanders rhodes james charles francis chris curtis morris ellis lewis wallis fields
    matthews gates jobs bezos schultes paris texas dallas honduras cottbus worms wales arkansas kansas illinois
    massachusetts angeles aires athens naples brussels philippines netherlands cyprus tunis laos mars venus reims
    tours calais cannes nantes damaskus maldives seychelles minneapolis indianapolis annapolis memphis barbados
    bahamas bahamas columbus pius ems neuss maas rhens airbus adidas reuters mercedes hermes emirates columbus hamas
    taliban news times sports games united arms adonis aris kos naxos lesbos samos rhodos patmos mykonos golfkrieges
    honduras mauritius belarus kaukasus balkans bundes rapids warriors lakers bulls rangers giants saints
    """.split()
)
"""Names that end in s by themselves."""

_NEUTER = re.compile(
    r"(?:haus|amt|kreuz|gericht|parlament|ministerium|institut|komitee|meer|theater|museum|zentrum|orchester|werk|reich"
    r"|gymnasium|bündnis|forum|netzwerk|land|dorf|tal|schloss|tor|viertel|gebirge|büro|archiv|krankenhaus|klinikum"
    r"|sekretariat|programm|fest|jahrbuch|testament|belvedere|präsidium|kommando|studio|team|kabinett)$"
)
_MASCULINE = re.compile(
    r"(?:bund|tag|rat|hof|fonds|verband|verein|ozean|krieg|ausschuss|dienst|konzern|club|klub|senat|kongress|staat|wald|see"
    r"|berg|rundfunk|preis|sudan|osten|kongo|platz|park|turm|fluss|kanal|markt|weg|stuhl|kaiser|dom|hafen|garten|pakt|plan"
    r"|vertrag|kreis|bezirk|verlag|stern|sturm|gipfel|cup|pokal|orden|bahnhof|friedhof|bach|fjord|golf)$"
)
_FEMININE = re.compile(
    r"(?:ung|heit|keit|schaft|ion|tät|enz|anz|ik|kultur|ei|bahn|bank|liga|hochschule|schule|post|behörde|agentur|telekom"
    r"|börse|kirche|allgemeine|armee|akademie|demokratie|linke|woche|messe|philharmonie|oper|wehr|krone|straße|strasse|gasse"
    r"|kapelle|brücke|halle|allee|insel|küste|wüste|mauer|stelle|liste|klinik|bibliothek|lotterie|gemeinde|galerie|industrie"
    r"|kammer|internationale|hansa|post|welt|front|garde|miliz|stadt|tour|show|kasse|genossenschaft|pfalz|schweiz|türkei)$"
)
_PLURAL = re.compile(
    r"(?:nationen|staaten|werke|philharmoniker|symphoniker|emirate|niederlande|inseln|grünen|spiele|tage|brüder|freunde"
    r"|betriebe|linien|wirtschaftsweisen|alpen|sammlungen|bauern|bühnen|kliniken|medien|wähler|demokraten|festspiele)$"
)
_GENITIVE_HEAD = re.compile(
    r"(?:haus|amt|kreuz|gericht|parlament|institut|bund|tag|rat|hof|verband|verein|ozean|krieg|dienst|staat|kongress|meer"
    r"|reich|senat|konzern|klub|club|rundfunk|ministerium|zentrum|theater|museum|orchester|werk|see|wald|berg|kommissariat"
    r"|komitee|gymnasium|präsidium|forum|netzwerk|kreml|damm|dom|asien|cup|stuhl|sekretariat|programm|pakt|vertrag|preis"
    r"|platz|park|turm|fluss|kanal|hafen|gebirge|kontinent|atlantik|pazifik|balkan|orient|landkreis|bahnhof|klinikum|archiv"
    r"|zusatz|plan|gipfel|sender|verlag|kabinett|sturm|hügel|tunnel)(?P<ending>e?s)$"
)
_ADJECTIVE = re.compile(r"^(?P<stem>[^\W\d_]{3,}?)(?:en|em|er|es|e)$")
_NO_ADJECTIVE = re.compile(
    r"(?:ungen|heiten|keiten|schaften|tionen|weiler|münster|hausen|kirchen|minister|meister|center)$"
)
_ARTICLES = {"der": "d", "die": "d", "das": "d", "des": "d", "dem": "d", "den": "d"}
_LEADING_ARTICLE = re.compile(r"^(?:der|die|das|des|dem|den|the) (?=\S)", re.IGNORECASE)
_LEGAL = frozenset(
    {
        "ag",
        "se",
        "gmbh",
        "inc",
        "inc.",
        "corp",
        "corp.",
        "ltd",
        "ltd.",
        "plc",
        "llc",
        "co.",
        "kg",
        "kgaa",
        "e.v.",
        "s.a.",
    }
)


def bare(surface: str, label: str = "PER") -> str:
    """Without quotation marks around it, and without a possessive apostrophe, which may belong to a body's name."""
    if label not in ("PER", "LOC"):
        return surface.strip('„“”"»«').strip()
    return re.sub(r"(?:['’]s|(?<=[sßzx])['’])$", "", surface.strip('„“”"»«')).strip()


def has_legal_form(name: str) -> bool:
    """It ends in „AG“, "Inc." or the like."""
    return name.rpartition(" ")[2].lower() in _LEGAL


def keeps_s(word: str) -> bool:
    """The word's final s belongs to it."""
    lower = word.lower()
    return not lower.endswith("s") or lower.endswith("ss") or len(word) < 4 or lower in _ENDS_IN_S


def without_genitive(word: str, evidence: Callable[[str], bool]) -> str:
    """The nominative of a German word if something vouches for it, else the word itself.

    Args:
        word: one word, or the last word of a name.
        evidence: is this word known by itself?
    """
    if keeps_s(word):
        return word
    head = _GENITIVE_HEAD.search(word.lower())
    if head is not None:
        return word[: head.start("ending")]
    return word[:-1] if evidence(word[:-1]) else word


def looks_genitive(word: str, following: str) -> bool:
    """A word in s that nothing vouches for reads as a genitive: it stands before a noun and has no Latin ending."""
    if keeps_s(word) or word.lower().endswith(("as", "is", "os", "us", "es", "ts")):
        return False
    return bool(re.match(r" (?:[a-zäöü]+(?:e|en|er|es) ){0,2}[A-ZÄÖÜ][\w-]+", following))


@lru_cache(maxsize=REMEMBERED)
def key(name: str) -> tuple[str, ...]:
    """What is the same for all the inflected forms of a name, the genitive of its last word excepted."""
    words = _LEADING_ARTICLE.sub("", name.replace("’", "'")).replace("-", " ").split()
    while len(words) > 1 and words[-1].lower() in _LEGAL:
        words.pop()
    stems = []
    for index, word in enumerate(words):
        folded = word.casefold()
        if index < len(words) - 1:
            folded = _ARTICLES.get(folded, folded)
            if word[:1].isupper() and not _NO_ADJECTIVE.search(folded):
                match = _ADJECTIVE.match(folded)
                folded = match["stem"] if match else folded
        stems.append(folded)
    return tuple(stems)


@lru_cache(maxsize=REMEMBERED)
def keys(name: str) -> tuple[tuple[str, ...], ...]:
    """The name's own key, then those it has if its last word is taken for a genitive or a declined noun."""
    own = key(name)
    last = own[-1] if own else ""
    variants = [own]
    for ending in ("s", "es", "n", "en", "e"):
        if last.endswith(ending) and len(last) - len(ending) >= 3 and not (ending == "s" and keeps_s(last)):
            variants.append((*own[:-1], last[: -len(ending)]))
    return tuple(variants)


@lru_cache(maxsize=REMEMBERED)
def nominative(name: str) -> str:
    """A declined German name in its dictionary form, where the gender of its last word is known.

    „Weißen Haus“ becomes „Weißes Haus“, „Europäischen Union“ becomes „Europäische Union“.
    """
    words = name.split()
    head = head_index(words)
    if head == 0:
        return name
    last = words[head].lower()
    genders = ((_PLURAL, "e"), (_NEUTER, "es"), (_MASCULINE, "er"), (_FEMININE, "e"))
    ending = next((ending for pattern, ending in genders if pattern.search(last)), None)
    if ending is None:
        return name
    for index in range(head):
        match = _ADJECTIVE.match(words[index])
        if match:
            words[index] = match["stem"] + ending
    return " ".join(words)


def head_index(words: Sequence[str]) -> int:
    """Which word of a German name is its noun: the first after the declined adjectives at its beginning."""
    head = 0
    while head < len(words) - 1 and words[head][:1].isupper() and _DECLINING.search(words[head].lower()):
        head += 1
    return head if words[head][:1].isupper() else 0


_DECLINING = re.compile(
    r"(?:isch|lich|ig|eint|einigt|weiß|weiss|schwarz|rot|grün|blau|groß|klein|deutsch|demokrat\w*|oberst|erst|zweit"
    r"|dritt|tot|still"
    r"|frei|neu|alt|gross|unter|ober|wild|letzt|jüngst|integriert|lieb|schön|vorder|hinter|mittler|nah|fern|fremd|heilig|auswärtig|lang|europäisch|international|national|zentral|sozial|liberal|föderal"
    r"|regional|christlich"
    r"|afrikanisch|arabisch|hoh|eisern|golden|rechnend|regierend|allgemein|bayerisch|süddeutsch|norddeutsch"
    r"|westdeutsch|ostdeutsch)"
    r"(?:e[nmrs]?)$"
)
