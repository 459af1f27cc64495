"""Every licence in the table, for every use; and expressions of them."""

from __future__ import annotations

import itertools

import pytest

from sonic_lab.provenance import USES, Manifest, findings, licences, read
from sonic_lab.provenance.findings import rules
from sonic_lab.provenance.judging import judge
from sonic_lab.provenance.licences import table
from tests.provenance.papers import row

_PD = {"commercial": True, "adapt": True, "share": "", "credit": False}
_BY = {**_PD, "credit": True}
# Written down here from the licences' own texts, apart from the table: a slip in one shows.
FACTS = {
    "CC0-1.0": _PD, "PDDL-1.0": _PD, "CC-PDDC": _PD, "CC-PDM-1.0": _PD,
    "MIT-0": _PD, "0BSD": _PD, "Unlicense": _PD,
    "MIT": _BY, "ISC": _BY, "BSD-2-Clause": _BY, "BSD-3-Clause": _BY, "Apache-2.0": _BY,
    "ODC-By-1.0": _BY, "ODbL-1.0": {**_BY, "share": "ODbL"}, "LAL-1.3": {**_BY, "share": "LAL"},
    "LicenseRef-All-Rights-Reserved": {**_BY, "commercial": False, "adapt": False},
}  # fmt: skip
for version in ("1.0", "2.0", "2.5", "3.0", "4.0"):
    for nc, tail in itertools.product((False, True), ("", "-SA", "-ND")):
        family = f"CC-BY{'-NC' if nc else ''}{tail}"
        FACTS[f"{family}-{version}"] = {
            "commercial": not nc,
            "adapt": tail != "-ND",
            "share": family if tail == "-SA" else "",
            "credit": True,
        }
for version, suffix in itertools.product(("2.0", "3.0"), ("only", "or-later")):
    FACTS[f"GPL-{version}-{suffix}"] = {**_BY, "share": f"GPL-{version}"}


def test_table_and_facts_name_the_same_licences() -> None:
    assert set(licences()) == set(FACTS)


@pytest.mark.parametrize("id", FACTS)
def test_table_says_what_the_licence_says(id: str) -> None:
    licence, facts = licences()[id], FACTS[id]
    assert licence.commercial is facts["commercial"]
    assert licence.adapt is facts["adapt"]
    assert licence.share_alike == facts["share"]
    assert licence.credit is facts["credit"]
    assert licence.source.startswith("https://")


@pytest.mark.parametrize("id", FACTS)
def test_parser_knows_the_licence(id: str) -> None:
    terms = read(id)
    assert terms is not None
    assert terms.problem == ""
    [[part]] = terms.alternatives
    assert part.licence is licences()[id]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("id", FACTS)
def test_findings_follow_from_the_facts(id: str, use: str) -> None:
    facts = FACTS[id]
    named = {f.code: f.severity.value for f in judge(row(licence=id), use=use)}
    nameless = {f.code for f in judge(row(licence=id, creator=""), use=use)}
    if id == "LicenseRef-All-Rights-Reserved":
        assert set(named) == {"all-rights-reserved"}
        assert (named["all-rights-reserved"] == "error") == (use != "research")
        return
    assert ("non-commercial" in named) == (not facts["commercial"])
    assert ("no-derivatives" in named) == (not facts["adapt"])
    assert ("share-alike" in named) == bool(facts["share"])
    assert "attribution-missing" not in named
    assert ("attribution-missing" in nameless) == facts["credit"]
    if use == "commercial":
        stops = not facts["commercial"] or not facts["adapt"]
        assert ("error" in named.values()) == stops
    else:
        assert "error" not in named.values()


@pytest.mark.parametrize("use", USES)
def test_public_domain_is_clean_but_for_a_note(use: str) -> None:
    assert judge(row(licence="CC0-1.0", creator=""), use=use) == []
    [note] = judge(row(licence="CC-PDM-1.0"), use=use)
    assert (note.code, note.severity.value) == ("public-domain-mark", "note")


@pytest.mark.parametrize(
    ("expression", "use", "codes"),
    [
        ("CC-BY-NC-4.0 OR CC-BY-4.0", "commercial", set()),  # the better of the two is taken
        ("CC-BY-NC-4.0 OR CC-BY-ND-4.0", "redistribute", {"no-derivatives"}),
        ("CC-BY-4.0 AND CC-BY-NC-4.0", "commercial", {"non-commercial"}),
        ("CC-BY-4.0 AND (CC-BY-NC-4.0 OR CC0-1.0)", "commercial", set()),
        ("CC-BY-SA-4.0 AND CC-BY-NC-SA-4.0", "research", {"share-alike", "share-alike-clash",
                                                          "non-commercial"}),
        ("CC-BY-SA-3.0 AND CC-BY-SA-4.0", "teaching", {"share-alike"}),
        ("CC-BY-SA-4.0 AND GPL-3.0-only", "teaching", {"share-alike"}),
        ("CC-BY-SA-4.0 AND GPL-2.0-only", "teaching", {"share-alike", "share-alike-clash"}),
        ("GPL-3.0-only WITH Classpath-exception-2.0", "teaching", {"share-alike",
                                                                   "licence-exception"}),
        ("LicenseRef-Freesound-Sampling-Plus", "commercial", {"licence-own-terms"}),
        ("LicenseRef-X AND CC-BY-NC-4.0", "commercial", {"licence-own-terms", "non-commercial"}),
        ("AFL-3.0", "commercial", {"licence-unknown"}),
        ("CC-BY-3.0-US", "commercial", set()),  # judged as CC-BY-3.0
        ("CC-BY-NC-SA-3.0-DE", "commercial", {"non-commercial", "share-alike"}),
        ("cc-by-4.0", "commercial", set()),  # SPDX identifiers do not mind capitals
        ("", "commercial", {"licence-missing"}),
        ("NOASSERTION", "commercial", {"licence-missing"}),
        ("NONE", "commercial", {"licence-missing"}),
        ("CC BY 4.0", "commercial", {"licence-unreadable"}),
        ("MIT OR", "commercial", {"licence-unreadable"}),
        ("(MIT", "commercial", {"licence-unreadable"}),
        ("free for all", "commercial", {"licence-unreadable"}),
        (" AND ".join(["(MIT OR ISC)"] * 9), "commercial", {"licence-unreadable"}),
    ],
)  # fmt: skip
def test_expressions(expression: str, use: str, codes: set[str]) -> None:
    assert {f.code for f in judge(row(licence=expression), use=use)} == codes


@pytest.mark.parametrize(
    ("written", "meant"),
    [("CC BY 4.0", "CC-BY-4.0"), ("CC-BY-NC 4.0", "CC-BY-NC-4.0"), ("CC0", "CC0-1.0"),
     ("cc_by_sa_3.0", "CC-BY-SA-3.0"), ("Apache 2.0", "Apache-2.0")],
)  # fmt: skip
def test_unreadable_licence_is_told_what_was_meant(written: str, meant: str) -> None:
    [finding] = judge(row(licence=written), use="commercial")
    assert meant in finding.cure


def test_rules_are_whole() -> None:
    for code, rule in rules().items():
        assert set(rule.severities) == set(USES), code
        assert set(rule.severities.values()) <= {"error", "warning", "note", ""}
        assert rule.reason, code
        assert rule.cure, code
    codes = [entry["code"] for entry in table()["rule"]]
    assert len(codes) == len(set(codes))
    remarks = {licence.remark for licence in licences().values()} - {""}
    assert remarks <= set(codes)


def test_audit_says_what_it_cannot_judge() -> None:
    audit = Manifest([row(voice=None), row("b.wav", licence="AFL-3.0")]).audit(use="research")
    text = str(audit)
    assert "This audit cannot judge:" in text
    assert "whether a voice is heard in 1 clips" in text
    assert "licences that the table does not know: AFL-3.0" in text
    assert "which were not read" in text
    assert isinstance(audit[0], findings.Finding)
