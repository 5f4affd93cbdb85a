import json
import random
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import jsonschema
import msgspec
import pytest
from cards import content

from models.scorecard.document import schema
from models.scorecard.file import (
    ScorecardError,
    canonical,
    parse_scorecard,
    read_scorecard,
    sealed,
    written,
)

DOCUMENT = sealed(content())
BYTES = written(DOCUMENT)
DOCS = Path(__file__).parents[2] / "docs"


def resealed(fields: dict) -> bytes:
    """Signed anew, as whoever changes a file on purpose can do."""
    kept = {name: value for name, value in fields.items() if name != "sha256"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return json.dumps(kept | {"sha256": sha256(text.encode()).hexdigest()}).encode()


def test_what_is_written_is_read_back() -> None:
    assert parse_scorecard(BYTES) == DOCUMENT


def test_the_layout_means_nothing() -> None:
    assert parse_scorecard(json.dumps(json.loads(BYTES), indent=7).encode()) == DOCUMENT


def test_the_checksum_is_that_of_sorted_json() -> None:
    fields = json.loads(BYTES)
    named = fields.pop("sha256")
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert sha256(text.encode()).hexdigest() == named
    assert text.encode() == canonical(DOCUMENT)


@pytest.mark.skipif(not DOCS.is_dir(), reason="the docs are not in a wheel's folder")
def test_a_file_is_what_its_schema_says() -> None:
    published = json.loads((DOCS / "scorecard.schema.json").read_bytes())
    assert published == json.loads(msgspec.json.encode(schema()))
    jsonschema.Draft202012Validator(published).validate(json.loads(BYTES))


def set_(*path, to):
    def change(fields: dict) -> None:
        for step in path[:-1]:
            fields = fields[step]
        fields[path[-1]] = to

    return change


def twice(fields: dict) -> None:
    fields["tables"].append(fields["tables"][0])


def newer(fields: dict) -> None:
    fields["format"] = 2
    fields["tables"] = "in another form"


REFUSALS = {
    "unknown pattern": (set_("tables", 0, "pattern", to="shoe_size"), "pattern that is not known"),
    "a pattern twice": (twice, "the pattern missed_sessions_20 twice"),
    "newer format": (set_("format", to=2), "newer format than 1"),
    "newer format, of another form": (newer, "newer format than 1"),
    "another form": (set_("tables", to="x"), "Expected `array`, got `str`"),
    "format zero": (set_("format", to=0), "format"),
    "edges out of order": (set_("tables", 0, "edges", to=[2.5, 0.5]), "edges out of order"),
    "equal edges": (set_("tables", 0, "edges", to=[0.5, 0.5]), "edges out of order"),
    "not rising": (set_("tables", 0, "values", 2, to=0.1), "promise that points are rising"),
    "not falling": (set_("tables", 0, "monotone", to="falling"), "promise that points are falling"),
    "a value too many": (set_("tables", 0, "values", to=[0, 1, 2, 3]), "one value more than edges"),
    "no values": (set_("tables", 0, "values", to=[]), "values"),
    "huge points": (set_("tables", 1, "values", 0, to=1e6), "values"),
    "huge edge": (set_("tables", 1, "edges", 0, to=1e300), "edges"),
    "a number past all floats": (set_("intercept", to=10**400), "no scorecard"),
    "a text for a number": (set_("intercept", to="-3.5"), "intercept"),
    "a truth for a number": (set_("intercept", to=True), "intercept"),
    "a number for a truth": (set_("simulated", to=1), "simulated"),
    "threshold past one": (set_("threshold", "score", to=1.5), "score"),
    "an unknown field": (set_("tables", 0, "comment", to="x"), "comment"),
    "no date": (set_("training", "first_day", to="2025-02-30"), "2025-02-30 is no date"),
    "days the wrong way round": (set_("training", "first_day", to="2027-01-01"), "is after"),
    "a negative count": (set_("training", "rows", to=-1), "rows"),
    "no slope": (set_("calibration", "slope", to=0), "slope"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_refused_with_one_line_even_if_signed_anew(name: str) -> None:
    change, words = REFUSALS[name]
    fields = json.loads(BYTES)
    change(fields)
    with pytest.raises(ScorecardError) as refusal:
        parse_scorecard(resealed(fields))
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_no_number_is_refused(number: str) -> None:
    with pytest.raises(ScorecardError):
        parse_scorecard(BYTES.replace(b"-3.5", number.encode(), 1))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "no scorecard"),
        (b"\xff\xfe", "UTF-8"),
        (b"\xef\xbb\xbf{}", "JSON"),
        (b"[" * 200_000, "deep"),
        (b"1" * 10_000, "JSON"),
        (b" " * (17 << 20), "too long"),
        (BYTES.replace(b'"format"', b'"format": 1, "format"', 1), "given twice"),
        (BYTES.replace(b'"values": [0.0', b'"values": [0.125'), "changed"),
        (BYTES.replace(b"Rules alone", b"\\ud800Rules alone"), "UTF-8"),
        (BYTES[:-20], "JSON"),
    ],
)
def test_bytes_that_are_no_scorecard_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(ScorecardError, match=words):
        parse_scorecard(data)


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    with pytest.raises(ScorecardError, match=r"card\.json: No such file"):
        read_scorecard(file)
    file.write_bytes(b"{}")
    with pytest.raises(ScorecardError, match=r"card\.json: is no scorecard"):
        read_scorecard(file)
    with pytest.raises(ScorecardError, match="directory"):
        read_scorecard(tmp_path)


def test_content_that_would_be_refused_is_not_sealed() -> None:
    with pytest.raises(ScorecardError, match="cannot be written"):
        sealed(content(threshold=msgspec.structs.replace(DOCUMENT.threshold, score=float("nan"))))


# ---- mutations


@dataclass
class Place:
    holder: dict | list
    key: str | int


def places(value: object) -> list[Place]:
    found = []
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            found += [Place(value, key), *places(value[key])]
    return found


ODD = [
    None, True, False, 0, 1, -1, 2**53, 2**64, 10**30, 0.5, -0.0, 1e-300, 1e300, "", "0", "é",
    "rising", "2026-01-01", [], [0], {}, {"a": 1}, [[]], "x" * 5000, "\u0000",
]  # fmt: skip


def mutated_bytes(source: random.Random) -> bytes:
    data = bytearray(BYTES)
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(data))
        match source.randrange(5):
            case 0:
                data[at] = source.randrange(256)
            case 1:
                data[at] ^= 1 << source.randrange(8)
            case 2:
                del data[at : at + source.randint(1, 40)]
            case 3:
                data[at:at] = data[at - 20 : at]
            case 4:
                data[at : at + 1] = source.choice(b'0123456789-.e"[]{},: \n').to_bytes()
    return bytes(data)


def mutated_fields(source: random.Random) -> bytes:
    fields = json.loads(BYTES)
    for _ in range(source.randint(1, 2)):
        place = source.choice(places(fields))
        value = place.holder[place.key]
        match source.randrange(6):
            case 0:
                place.holder[place.key] = source.choice(ODD)
            case 1:
                del place.holder[place.key]
            case 2 if isinstance(value, int | float) and not isinstance(value, bool):
                place.holder[place.key] = value * source.choice([-1, 2, 1 + 1e-15, 1e9])
            case 3 if isinstance(value, list):
                source.shuffle(value)
            case 4 if isinstance(value, str):
                place.holder[place.key] = value[::-1]
            case _:
                other = source.choice(places(fields))
                place.holder[place.key] = json.loads(json.dumps(other.holder[other.key]))
    return json.dumps(fields).encode()


def test_a_lone_surrogate_is_refused_wherever_it_stands() -> None:
    for place in range(len(places(json.loads(BYTES)))):
        fields = json.loads(BYTES)
        here = places(fields)[place]
        here.holder[here.key] = "\ud800"
        with pytest.raises(ScorecardError):
            parse_scorecard(json.dumps(fields).encode())


def test_ten_thousand_mutations_change_no_meaning_and_crash_nothing() -> None:
    source = random.Random(20261124)
    refused = 0
    for number in range(10_000):
        data = mutated_bytes(source) if number % 2 else mutated_fields(source)
        try:
            read = parse_scorecard(data)
        except ScorecardError as error:
            assert "\n" not in str(error)  # noqa: PT017 - the refusal is what is looked at
            refused += 1
        else:
            assert read == DOCUMENT
            assert canonical(read) == canonical(DOCUMENT)
    assert refused > 9_000


def test_two_thousand_mutations_signed_anew_crash_nothing() -> None:
    source = random.Random(5)
    for _ in range(2_000):
        fields = json.loads(mutated_fields(source))
        try:
            parse_scorecard(resealed(fields))
        except ScorecardError as error:
            assert "\n" not in str(error)  # noqa: PT017
