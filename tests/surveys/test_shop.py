"""The shop's news is read strictly and ordered by its versions."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from surveys.errors import WrongShape
from surveys.reading import Json
from surveys.shop import (
    CustomerUpdated,
    LicenceUpdated,
    PurchaseCompleted,
    PurchaseState,
    Renewed,
    Segment,
    ShopEvent,
    parse,
)
from tests.surveys.survey_samples import body

LICENCE: dict[str, Json] = {
    "key_id": "K-1",
    "product": "home",
    "segment": "business",
    "seats": 25,
    "valid_until": "2027-02-01T00:00:00+03:00",
}
PURCHASE: dict[str, Json] = {
    "id": "p-1",
    "product": "home",
    "amount": 199000,
    "currency": "RUB",
    "at": "2026-11-02T12:00:00Z",
}
ORGANISATION: dict[str, Json] = {"id": "o-1", "name": "ООО «Ромашка»"}


def event(name: str, **parts: Json) -> dict[str, Json]:
    return {"event": name, "version": 3, **parts}


def test_a_customer_with_their_organisation() -> None:
    found = parse(body(event("customer.updated", customer={"id": "c-1", "name": "Анна", "organisation": ORGANISATION})))
    assert isinstance(found, CustomerUpdated)
    assert found.customer.organisation is not None
    assert (found.version, found.customer.organisation.id) == (3, "o-1")
    assert "Анна" not in repr(found)
    assert "Ромашка" not in repr(found)


def test_a_licence_with_its_end_in_utc() -> None:
    found = parse(body(event("licence.updated", customer_id="c-1", licence=LICENCE)))
    assert isinstance(found, LicenceUpdated)
    assert found.licence.segment is Segment.BUSINESS
    assert found.licence.valid_until == datetime(2027, 1, 31, 21, tzinfo=UTC)


@pytest.mark.parametrize("state", list(PurchaseState))
def test_a_purchase_may_be_left_behind(state: PurchaseState) -> None:
    found = parse(body(event("purchase.completed", customer_id="c-1", purchase=PURCHASE | {"state": state})))
    assert isinstance(found, PurchaseCompleted)
    assert (found.purchase.state, found.purchase.amount) == (state, 199000)


def test_a_renewal_may_come_without_a_purchase() -> None:
    found = parse(body(event("renewal", customer_id="c-1", licence=LICENCE)))
    assert isinstance(found, Renewed)
    assert found.purchase is None


def test_the_documented_examples_are_accepted() -> None:
    schema = TypeAdapter(ShopEvent).json_schema()
    examples = [example for model in schema["$defs"].values() for example in model.get("examples", [])]
    assert len(examples) == 3
    assert all(parse(body(example)) for example in examples)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (event("customer.deleted +79161234567"), ""),
        ({"version": 1}, ""),
        (event("customer.updated", customer={"id": ""}), "customer.updated.customer.id"),
        (event("customer.updated", customer={"id": "c", "+79161234567": 1}), "customer.updated.customer"),
        (event("customer.updated", customer={"id": "c"}) | {"version": "3"}, "customer.updated.version"),
        (event("customer.updated", customer={"id": "c"}) | {"version": 2**63}, "customer.updated.version"),
        (
            event("purchase.completed", customer_id="c", purchase=PURCHASE | {"amount": 19.9}),
            "purchase.completed.purchase.amount",
        ),
        (event("purchase.completed", customer_id="c", purchase=PURCHASE | {"currency": "rub"}), "purchase.completed"),
        (event("licence.updated", customer_id="c", licence=LICENCE | {"segment": "loyal"}), "licence.updated.licence"),
        (event("licence.updated", licence=LICENCE), "licence.updated.customer_id"),
    ],
)
def test_what_is_not_as_documented_is_named_without_its_value(document: Json, field: str) -> None:
    with pytest.raises(WrongShape) as refused:
        parse(body(document))
    assert refused.value.field.startswith(field)
    assert "79161234567" not in refused.value.detail
