"""Reports that contradict a claim are found by their words, and no others: a false proposal disputes a true claim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.lineage.denials import Kind, find_denial, read_languages

BRIDGE = "The bridge at Carmel collapses"
MINISTER = "Minister took bribes from the port company"

# A headline, the claim it contradicts, and how.
FOUND = [
    ("No, the bridge at Carmel did not collapse", BRIDGE, "answer"),
    ("Fact check: False – the Carmel bridge stands", BRIDGE, "answer"),
    ("Carmel Radio retracts report of a bridge collapse", BRIDGE, "correction"),
    ("Port Daily apologizes for its story on the minister and bribes", MINISTER, "correction"),
    ("Mayor denies that the bridge at Carmel collapsed", BRIDGE, "denial"),
    ("Minister rejects the allegations of bribes", MINISTER, "denial"),
    ("Minister slams rumors about bribes from the port", MINISTER, "denial"),
    ("Minister’s office shoots down report of bribes", MINISTER, "denial"),
    ("Video of the Carmel bridge is fake", BRIDGE, "debunking"),
    ("Collapsing bridge was satire, and half the country fell for it", BRIDGE, "debunking"),
    ("The Carmel bridge hoax, explained", BRIDGE, "debunking"),
    ("Is the collapse of the Carmel bridge a hoax?", BRIDGE, "debunking"),
    ("Police: no evidence that the minister took bribes", MINISTER, "no-evidence"),
    ("Engineers skeptical of reports that the bridge collapsed", BRIDGE, "no-evidence"),
    ("Did the bridge at Carmel really collapse?", BRIDGE, "doubt"),
    ("The bridge at Carmel did not collapse", BRIDGE, "negation"),
    ("The bridge at Carmel didn’t collapse", BRIDGE, "negation"),
    ("Carmel's bridge has never collapsed, engineers say", BRIDGE, "negation"),
    ("No bribes for the minister", MINISTER, "negation"),
    ("Missing actor is alive and well in Haifa", "Actor Dan Levi died in Haifa", "opposite"),
    # Other languages
    ("Nein, die Brücke in Kiel ist nicht eingestürzt", "Die Brücke in Kiel ist eingestürzt", "answer"),
    ("Minister weist Berichte über Schmiergeld zurück", "Der Minister nahm Schmiergeld", "denial"),
    (
        "Video vom Einsturz der Brücke ist eine Fälschung",
        "Die Brücke in Kiel stürzt ein: der Einsturz",
        "debunking",
    ),
    ("Keine Belege für Schmiergeld an den Minister", "Der Minister nahm Schmiergeld", "no-evidence"),
    ("Die Brücke in Kiel ist nicht eingestürzt", "Brücke in Kiel eingestürzt", "negation"),
    ("Le ministre dément avoir touché des pots-de-vin", "Le ministre a touché des pots-de-vin du port", "denial"),
    ("La vidéo du pont de Nantes est un montage", "Le pont de Nantes s’effondre", "debunking"),
    ("Le pont de Nantes ne s’est pas effondré", "Le pont de Nantes s’effondre", "negation"),
    ("El ministro niega los sobornos del puerto", "El ministro cobró sobornos del puerto", "denial"),
    ("Es falso que el puente de Cádiz se haya caído", "El puente de Cádiz se ha caído", "debunking"),
    ("El puente de Cádiz no se ha caído", "El puente de Cádiz se ha caído", "negation"),
    ("Il ministro smentisce le tangenti del porto", "Il ministro ha preso tangenti dal porto", "denial"),
    ("Il crollo del ponte di Bari è una bufala", "Crollo del ponte a Bari", "debunking"),
    ("Il ponte di Bari non è crollato", "Crollato il ponte di Bari", "negation"),
    ("השר מכחיש שלקח שוחד מחברת הנמל", "השר לקח שוחד מחברת הנמל", "denial"),
    ("הסרטון של קריסת הגשר הוא פייק", "קריסת הגשר בכרמל", "debunking"),
    ("הגשר בכרמל לא קרס", "הגשר בכרמל קרס", "negation"),
]

# A headline that contradicts no such claim.
NOT_FOUND = [
    ("The bridge at Carmel collapses, no one is hurt", BRIDGE),
    ("Bridge at Carmel collapses: do not use the coast road", BRIDGE),
    ("Carmel bridge closed so that it does not collapse", BRIDGE),
    ("Bridge collapses at Carmel, and not only there", BRIDGE),
    ("Why the bridge at Carmel was not repaired before it collapsed", BRIDGE),
    ("Collapse of the Carmel bridge was no joke", BRIDGE),
    ("Mayor can't deny it: the bridge at Carmel collapsed", BRIDGE),
    ("Ministry will neither confirm nor deny collapse of bridge", "Bridge at Carmel collapses, ministry silent"),
    ("Driver denied bail after Carmel bridge collapse", BRIDGE),
    ("False alarm closes the harbor", BRIDGE),
    ("Minister denies that he is ill", BRIDGE),
    ("Minister rejects the offer of the port company", MINISTER),
    ("What really happened when the Carmel bridge collapsed", BRIDGE),
    # The claim is itself about a denial, or negated.
    ("Minister denies taking bribes", "Minister denies bribes"),
    ("Police call the bomb threat a hoax", "Bomb threat at the port was a hoax, police say"),
    ("The port will not close", "The port of Carmel will not close"),
    ("No ship was hit in the harbor", "No ship hit in harbor fire"),
    ("Satirical weekly attacked in Paris", "Satirical weekly attacked in Paris by gunmen"),
    # Words of one language that another has as well.
    ("Die Brücke in Kiel ist nicht nur alt, sie ist eingestürzt", "Die Brücke in Kiel ist eingestürzt"),
    ("El puente de Cádiz se ha caído, no solo el muelle", "El puente de Cádiz se ha caído"),
    ("", BRIDGE),
    ("No", BRIDGE),
    ("The bridge at Carmel did not collapse", ""),
]


@pytest.mark.parametrize(("title", "claim", "kind"), FOUND)
def test_a_report_that_contradicts_is_found(title, claim, kind):
    denial = find_denial(title, "", claim)
    assert denial, "not found"
    assert denial.kind == kind
    assert denial.cue in title
    assert denial.words == title


@pytest.mark.parametrize(("title", "claim"), NOT_FOUND)
def test_a_report_that_does_not_contradict_is_left_alone(title, claim):
    assert find_denial(title, "", claim) is None


def test_the_lead_counts_if_it_is_about_the_claim():
    said = "A video of the bridge at Carmel collapsing is a hoax, police said on Monday. It was made in 2019."
    denial = find_denial("Police on the video", said, BRIDGE)
    assert denial
    assert (denial.kind, denial.cue) == (Kind.DEBUNKING, "hoax")
    assert denial.words == "A video of the bridge at Carmel collapsing is a hoax, police said on Monday."
    assert find_denial("Police on the video", "A video of a whale is a hoax, police said on Monday.", BRIDGE) is None
    # A party's denial that the report mentions further down is no denial by the report.
    fair = "The minister took bribes from the port company, documents show. He denied taking bribes from the company."
    assert find_denial("Documents on the minister", fair, MINISTER) is None
    opening = "The minister denied on Monday that he took bribes from the port company."
    assert find_denial("Minister speaks", opening, MINISTER).kind is Kind.DENIAL
    assert find_denial("Minister speaks", "x " * 200 + opening, MINISTER) is None, "too far down"


def test_long_sentences_are_cut_around_the_cue():
    denial = find_denial(f"{'Engineers ' * 20}say the bridge at Carmel did not collapse", "", BRIDGE)
    assert denial.words.startswith("…")
    assert denial.words.endswith("did not collapse")
    assert len(denial.words) <= 202


def test_every_language_has_every_table():
    assert [*read_languages()] == ["en", "de", "fr", "es", "it", "he"]


@given(st.text(max_size=400), st.text(max_size=600), st.text(max_size=400))
def test_no_text_is_an_error(title, text, claim):
    find_denial(title, text, claim)
    assert find_denial(claim, "", claim) is None, "nothing contradicts itself"


@pytest.mark.parametrize("text", ["no " * 100_000, "n't" * 100_000, "(" * 300_000, "not, " * 60_000, "\0" * 300_000])
def test_hostile_texts_take_no_longer_than_others(text):
    find_denial(text, text, text + "x")
    find_denial(text + "x", text, BRIDGE)
