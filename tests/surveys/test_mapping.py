"""The forms file is checked at start, and says what is wrong where."""

from pathlib import Path

import pytest

from domain.words import Language
from surveys.errors import BadMapping, UnknownForm
from surveys.mapping import Form, Forms, SourceName
from surveys.response import Meaning, Value

EXAMPLE = Path(__file__).resolve().parents[2] / "forms.example.toml"


def test_the_documented_example_is_a_valid_file_with_all_sources() -> None:
    forms = Forms.load(EXAMPLE)
    assert set(forms.forms) == set(SourceName)
    assert forms.find(SourceName.TYPEFORM, "lT4Z3j").fields[Meaning.CUSTOMER_REF] == "hidden:customer_id"
    assert forms.policies == {"demo", "standard", "trial"}


def test_a_form_has_sensible_defaults() -> None:
    form = Forms.read('[generic.a]\nname = "A"').find(SourceName.GENERIC, "a")
    assert (form.policy, form.language, form.zone, form.must_exist) == ("standard", Language.RU, None, {})


def test_a_star_stands_for_every_other_form() -> None:
    forms = Forms.read('[generic."*"]\nname = "Any"\n[generic.a]\nname = "A"')
    assert [forms.find(SourceName.GENERIC, one).name for one in ("a", "b")] == ["A", "Any"]


def test_an_unknown_form_is_named_with_what_to_add() -> None:
    with pytest.raises(UnknownForm, match=r'typeform form "F9" is not mapped: add a table \[typeform'):
        Forms().find(SourceName.TYPEFORM, "F9")


def test_an_unprintable_form_id_is_not_repeated() -> None:
    with pytest.raises(UnknownForm) as refused:
        Forms().find(SourceName.TYPEFORM, "x\nERROR forged line")
    assert "forged" not in refused.value.detail


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[typeform.F1\n", "my.toml: not TOML"),
        ("[surveymonkey.F1]\nname = 'A'", "surveymonkey"),
        ("[generic.F1]", 'my.toml: form [generic."F1"]: name: Field required'),
        ("[generic.F1]\nname = 'A'\nzone = 'Moscow'", "is not an IANA time zone"),
        ("[generic.F1]\nname = 'A'\nlanguage = 'de'", "language"),
        ("[generic.F1]\nname = 'A'\ncontact_values = []", "contact_values"),
        ("[generic.F1]\nname = 'A'\nfiels = {}", "fiels"),
        ("[generic.F1]\nname = 'A'\nfields = { fone = 'q' }", "fone"),
        ("[generic.F1]\nname = 'A'\nfields = { phone = 'hidden:q' }", "generic knows: nothing"),
        ("[typeform.F1]\nname = 'A'\nfields = { phone = 'q' }", 'form [typeform."F1"]: fields.contact is missing'),
        ("[typeform.F1]\nname = 'A'\nfields = { contact = 'hiden:q' }", "typeform knows: hidden, variable"),
        ("[typeform.F1]\nname = 'A'\nfields = { contact = '' }", "name a question"),
        ("[formbricks.F1]\nname = 'A'\nfields = { contact = 'q', phone = 'd#fone' }", "after #"),
        ("[typeform.F1]\nname = 'A'\nrequired = ['phone']\nfields = { contact = 'q' }", "required names phone"),
        (
            "[typeform.F1]\nname = 'A'\nrequired = ['zone']\nfields = { contact = 'q', zone = 'hidden:tz' }",
            "is not a question",
        ),
    ],
)
def test_a_mistake_names_file_form_and_field(toml: str, message: str) -> None:
    with pytest.raises(BadMapping) as refused:
        Forms.read(toml, file="my.toml")
    assert str(refused.value).startswith("my.toml:")
    assert message in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"none\.toml: cannot be read"):
        Forms.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("answer", "asks"),
    [
        (True, True),
        (False, False),
        (None, False),
        (1, False),
        (0, False),
        ("accepted", True),
        ("clicked", True),
        ("dismissed", False),
        ("", False),
        (("Other", " ACCEPTED "), True),
        ((), False),
    ],
)
def test_what_counts_as_the_tick(answer: Value, asks: bool) -> None:
    assert Form(name="A").asks_for_contact(answer) is asks


def test_a_forms_own_labels_replace_the_usual_ones() -> None:
    form = Form(name="A", contact_values=("Хочу, чтобы со мной связался специалист",))
    assert form.asks_for_contact("хочу,  чтобы со мной связался СПЕЦИАЛИСТ")
    assert not form.asks_for_contact("accepted")
