"""Fonts for pages that are made without wkhtmltopdf, and whether there is a glyph for every character.

A box instead of a letter in a payee's name is worse than no document: what cannot be shown is refused by name.
"""

import functools
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import reportlab
from reportlab.pdfbase.ttfonts import TTFError, TTFontFace

from .errors import Findings

#: (regular, bold, italic, bold italic) of the generic families, best first; the last ones come with reportlab.
CHOICES = {
    "sans-serif": (
        ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSans-BoldOblique.ttf"),
        ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSans-Italic.ttf", "NotoSans-BoldItalic.ttf"),
        ("NotoSans-Reg.ttf", "", "", ""),
        ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf", "VeraBI.ttf"),
    ),
    "serif": (("DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSerif-Italic.ttf", "DejaVuSerif-BoldItalic.ttf"),),
    "monospace": (
        ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSansMono-Oblique.ttf",
         "DejaVuSansMono-BoldOblique.ttf"),
    ),
}  # fmt: skip
FOLDERS = [
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/TTF"),
    Path("/usr/share/fonts/truetype/noto"),
    Path("/usr/share/fonts/noto"),
    Path("/Library/Fonts"),
    Path(reportlab.__file__).parent / "fonts",
]
#: Written from right to left, or made of signs that change with their neighbours: more than glyphs are needed.
_BIDIRECTIONAL = {"R", "AL", "AN"}
#: Accents stand where they belong without more ado, if the font has them.
ACCENTS = {chr(number) for number in range(0x300, 0x370)}
INSTALL = (
    "Install wkhtmltopdf and the fonts of this script (on Debian: apt install wkhtmltopdf fonts-noto-core) on the "
    "server, or leave this out of the template."
)
#: Fields of a payment where such a character can come from.
TEXT_FIELDS = (
    "payee_name", "payee_id_value", "payee_bank_code", "registrant_name", "registrant_id", "registrant_phone",
    "registrant_address", "entitlement_code",
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """The files of one generic family."""

    name: str
    files: tuple

    def get_style(self):
        """Return ``@font-face`` rules for xhtml2pdf."""
        rules = ""
        for number, path in enumerate(self.files):
            weight, slant = ("normal", "bold")[number % 2], ("normal", "italic")[number // 2]
            rules += (
                f"@font-face {{ font-family: {self.name}; src: url({path}); font-weight: {weight}; "
                f"font-style: {slant}; }}\n"
            )
        return rules


@functools.cache
def find_families(*more_folders):
    """Return the :class:`Family` of each generic name, as far as there are fonts; ``sans-serif`` always.

    :param more_folders: folders to look into after the system's
    """
    folders = [folder for folder in (*FOLDERS, *map(Path, more_folders)) if folder.is_dir()]
    found = {}
    for name, choices in CHOICES.items():
        files = next(filter(None, (_find_files(folders, choice) for choice in choices)), None)
        files = files or found["sans-serif"].files
        found[name] = Family(name, files)
    return tuple(found.values())


def _find_files(folders, names):
    """Return the paths of one choice, the regular one standing in for what is missing; None without that one."""
    paths = [
        next((str(one / name) for one in folders if name and (one / name).is_file()), None) for name in names
    ]
    return tuple(path or paths[0] for path in paths) if paths[0] else None


@functools.cache
def _get_glyphs(path):
    try:
        return frozenset(TTFontFace(path).charToGlyph)
    except TTFError:
        return frozenset()


def fit(families, text):
    """Return the families so that each face has all characters of a text that the first family's regular face has.

    A face that lacks some of them stands back for that regular one: upright letters are better than boxes.

    :param families: of :func:`find_families`
    :param str text: what is to be shown
    """
    regular = families[0].files[0]
    needed = {ord(one) for one in set(text)} & _get_glyphs(regular)
    return tuple(
        Family(
            family.name,
            tuple(path if needed <= _get_glyphs(path) else regular for path in family.files),
        )
        for family in families
    )


def find_missing(text, families):
    """Return the characters that the fonts cannot show rightly.

    :param str text: what is to be shown
    :param families: of :func:`find_families`
    """
    glyphs = _get_glyphs(families[0].files[0])
    return {
        one
        for one in set(text)
        if not one.isspace()
        and (
            ord(one) not in glyphs
            or unicodedata.bidirectional(one) in _BIDIRECTIONAL
            or (unicodedata.category(one) in ("Mn", "Mc", "Me") and one not in ACCENTS)
        )
    }


def find_missing_in_system(text):
    """Return the characters that no font of the system has a glyph for, as wkhtmltopdf would draw it.

    :param str text: what is to be shown
    """
    program = shutil.which("fc-list")
    if not program:
        return set()
    return {
        one for one in set(text) if not one.isspace() and ord(one) > 0x17F and not _is_in_system(program, one)
    }


@functools.lru_cache(10_000)
def _is_in_system(program, one):
    if unicodedata.category(one) in ("Cf", "Mn"):
        return True
    answer = subprocess.run(
        [program, f":charset={ord(one):x}", "file"], capture_output=True, timeout=20, check=False
    )
    return answer.returncode != 0 or bool(answer.stdout.strip())


def refuse_missing(missing, payments):
    """Raise what cannot be shown, by payment where it comes from one.

    :param set missing: characters
    :param payments: list of :class:`~.facts.PaymentFacts`
    :raise DocumentError: when there are any
    """
    if not missing:
        return
    findings = Findings()
    for facts in payments:
        for name in TEXT_FIELDS:
            wrong = sorted(missing & set(unicodedata.normalize("NFC", getattr(facts, name))))
            if wrong:
                findings.add(
                    facts.reference,
                    f"{name.replace('_', ' ')}: no font here shows {_name(wrong)} rightly. {INSTALL}",
                )
    if not findings.by_reference:
        findings.add_text(f"No font here shows {_name(sorted(missing))} rightly. {INSTALL}")
    findings.raise_if_any()


def _name(characters):
    named = ", ".join(f"“{one}” (U+{ord(one):04X})" for one in characters[:5])
    return named + (f" and {len(characters) - 5} more" if len(characters) > 5 else "")
