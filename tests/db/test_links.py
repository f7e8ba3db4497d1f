"""Customers' links: the same token whenever asked, found only by it, and stored nowhere."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db import links
from db.links import LinkKind

SECRET = b"a secret"


def _issue(engine: Engine, case_id: UUID, kind: str = LinkKind.FINAL_SURVEY, secret: bytes = SECRET) -> str:
    with Session(engine) as session, session.begin():
        return links.issue(session, case_id=case_id, kind=kind, secret=secret)


def test_a_link_issued_again_has_the_same_token(engine: Engine) -> None:
    case_id = uuid4()
    assert _issue(engine, case_id) == _issue(engine, case_id)


def test_links_issued_at_the_same_moment_have_the_same_token(engine: Engine) -> None:
    case_id = uuid4()
    with ThreadPoolExecutor(8) as threads:
        tokens = set(threads.map(lambda _: _issue(engine, case_id), range(16)))
    assert len(tokens) == 1


def test_tokens_differ_by_case_and_kind(engine: Engine) -> None:
    one, other = uuid4(), uuid4()
    tokens = {_issue(engine, one), _issue(engine, other), _issue(engine, one, LinkKind.CALLBACK)}
    assert len(tokens) == 3


def test_a_token_finds_its_link(engine: Engine) -> None:
    case_id = uuid4()
    token = _issue(engine, case_id, LinkKind.CALLBACK)
    with Session(engine) as session:
        link = links.find(session, token)
    assert link is not None
    assert (link.case_id, link.kind) == (case_id, "callback")


def test_a_database_that_leaks_does_not_give_the_tokens_away(engine: Engine) -> None:
    token = _issue(engine, uuid4())
    with engine.connect() as connection:
        rows = str(connection.execute(text("select * from link")).all())
    assert token not in rows


def test_a_token_tells_nothing_of_the_case(engine: Engine) -> None:
    case_id = uuid4()
    token = _issue(engine, case_id)
    assert links.path(LinkKind.FINAL_SURVEY, token) == f"/s/{token}"
    assert case_id.hex not in token


@pytest.mark.parametrize("token", ["", "x", "x" * 22, "x" * 5000, "ж" * 22, "a b", "\x00" * 22, "' or 1=1 --"])
def test_what_is_no_token_finds_nothing(engine: Engine, token: str) -> None:
    _issue(engine, uuid4())
    with Session(engine) as session:
        assert links.find(session, token) is None


def test_after_a_change_of_the_secret_the_next_message_carries_a_link_that_works(engine: Engine) -> None:
    case_id = uuid4()
    old, new = _issue(engine, case_id), _issue(engine, case_id, secret=b"another secret")
    with Session(engine) as session:
        assert links.find(session, old) is None
        assert links.find(session, new) is not None


def test_an_unknown_kind_is_a_mistake(engine: Engine) -> None:
    with pytest.raises(ValueError, match="survey"):
        _issue(engine, uuid4(), "survey")
