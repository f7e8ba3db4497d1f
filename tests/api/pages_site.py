"""The customer's pages served on a real database, at a time of the test's choosing; and a reader of their HTML."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session
from temporalio.client import Client

from api import pages, problems
from api.deps import Parts
from api.intake import receive
from api.security_headers import SecurityHeaders
from db import links
from db.tables import Case, metadata
from domain.policies import policies_from
from domain.words import Language, Stage
from settings import Settings
from surveys.mapping import Forms
from surveys.response import ResponseIn

WEDNESDAY_NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
"""12:00 in Moscow."""
SECRET = b"a secret of the tests"
NAME, PHONE, EMAIL, COMMENT = (
    "Аполлинария",
    "+79161234567",
    "apollinaria@example.com",
    "Не запускается после обновления",
)
FORMS = """
[form.demo]
name = "The demo's questionnaire"
product = "home"
[form.english]
name = "English"
language = "en"
[generic.renewal]
name = "After the renewal"
"""


class Site:
    """The pages, their database and their clock."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = WEDNESDAY_NOON
        self.parts = Parts(
            settings=Settings(_env_file=None),
            engine=engine,
            temporal=asyncio.run(Client.connect("127.0.0.1:1", lazy=True)),
            policies=policies_from(None, development=True),
            forms=Forms.read(FORMS),
            clock=lambda: self.now,
        )
        self.app = FastAPI()
        self.app.state.parts = self.parts
        self.app.add_middleware(SecurityHeaders)
        problems.install(self.app)
        pages.install(self.app)
        self.app.include_router(pages.router)
        self.client = TestClient(self.app, follow_redirects=False)

    def case(self, stage: Stage = Stage.AWAITING_CALLBACK, /, **told: object) -> UUID:
        """A case in this stage, from a response that asked for contact."""
        with Session(self.engine) as session, session.begin():
            received = receive(session, self._response(told), parts=self.parts, now=self.now)
            self._project(session, received.id, stage, told)
        return received.id

    def link(self, case_id: UUID, kind: links.LinkKind) -> str:
        """The path of the case's link."""
        with Session(self.engine) as session, session.begin():
            return links.path(kind, links.issue(session, case_id=case_id, kind=kind, secret=SECRET))

    def final(self, **told: object) -> tuple[UUID, str]:
        """A resolved case and the path of its final survey."""
        case_id = self.case(Stage.RESOLVED, **told)
        return case_id, self.link(case_id, links.LinkKind.FINAL_SURVEY)

    def picker(self, **told: object) -> tuple[UUID, str]:
        """An open case and the path of its callback page."""
        case_id = self.case(**told)
        return case_id, self.link(case_id, links.LinkKind.CALLBACK)

    def move(self, case_id: UUID, stage: Stage) -> None:
        """Let the case have come to this stage."""
        closed_at = self.now if stage is Stage.CLOSED else None
        with Session(self.engine) as session, session.begin():
            case = session.get_one(Case, case_id)
            case.stage, case.closed_at = stage.value, closed_at

    def rows(self, query: str, **values: object) -> list[dict[str, object]]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(query), values).mappings()]

    def facts(self, kind: str, case_id: UUID) -> list[dict[str, object]]:
        """The facts of this kind on their way to the case, oldest first; each is kept under its own id."""
        query = "select body, key from inbox where kind = :kind and case_id = :id order by id"
        found = self.rows(query, kind=kind, id=case_id)
        assert [_body(row)["id"] for row in found] == [row["key"] for row in found]
        return [_body(row) for row in found]

    def answers(self, source: str) -> dict[object, tuple[object, object]]:
        """Question and answer by the question's id, as the specialist reads them."""
        query = "select a from response, jsonb_array_elements(answers) a where source = :source"
        read = [_body({"body": row["a"]}) for row in self.rows(query, source=source)]
        return {answer["question_id"]: (answer["question_text"], answer["value"]) for answer in read}

    def everything(self) -> dict[str, list[str]]:
        """Every row of every table."""
        return {
            table.name: sorted(str(row) for row in self.rows(f'select * from "{table.name}"'))
            for table in metadata.sorted_tables
        }

    def _response(self, told: dict[str, object]) -> ResponseIn:
        response = ResponseIn(
            source="form",
            form="demo",
            external_id=f"external-{len(self.rows('select id from response'))}",
            finished=True,
            submitted_at=self.now,
            version=self.now,
            contact_requested=True,
            phone=PHONE,
            email=EMAIL,
            name=NAME,
            comment=COMMENT,
            language=Language.RU,
            zone="Asia/Yekaterinburg",
            product="home",
        )
        known = {name: value for name, value in told.items() if name in ResponseIn.model_fields}
        return response.model_copy(update=known)

    def _project(self, session: Session, case_id: UUID, stage: Stage, told: dict[str, object]) -> None:
        (row,) = session.execute(text("select customer_id, source from response where id = :id"), {"id": case_id})
        over = stage in (Stage.RESOLVED, Stage.CLOSED)
        session.add(
            Case(
                id=case_id,
                seq=1,
                customer_id=row.customer_id,
                source=row.source,
                policy="standard",
                stage=stage.value,
                requested_at=self.now,
                resolved_at=self.now if over else None,
                closed_at=self.now if stage is Stage.CLOSED else None,
                snapshot={"number_usable": told.get("number_usable", True)},
            )
        )


def _body(row: dict[str, object]) -> dict[str, object]:
    assert isinstance(row["body"], dict)
    return row["body"]


class Html(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.text = ""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._wrapped = False
        self.unlabelled: list[dict[str, str]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the tag; an input inside a label has that label."""
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self._wrapped = tag == "label" or (self._wrapped and tag != "label")
        if tag in ("input", "textarea", "select") and found.get("type") != "hidden" and not self._wrapped:
            self.unlabelled.append(found)

    def handle_endtag(self, tag: str) -> None:
        """A label ends here."""
        if tag == "label":
            self._wrapped = False

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of all such tags."""
        return [attrs for name, attrs in self.tags if name == tag and wanted.items() <= attrs.items()]

    def value(self, name: str) -> str:
        """The value of the named input."""
        return self.all("input", name=name)[0]["value"]

    def chosen(self, name: str) -> list[str]:
        """The values of the radio buttons that are on."""
        return [attrs["value"] for attrs in self.all("input", name=name, type="radio") if "checked" in attrs]

    def mistakes(self) -> list[str]:
        """What a careful reader of the page's HTML would object to."""
        ids = Counter(attrs["id"] for _, attrs in self.tags if "id" in attrs)
        named = {attrs["for"] for attrs in self.all("label") if "for" in attrs}
        referred = [one for _, attrs in self.tags for one in attrs.get("aria-describedby", "").split()]
        anchors = [attrs["href"][1:] for attrs in self.all("a") if attrs["href"].startswith("#")]
        inline = [tag for tag, attrs in self.tags if "style" in attrs or any(name.startswith("on") for name in attrs)]
        return [
            *(f"id twice: {one}" for one, times in ids.items() if times > 1),
            *(f"no label: {attrs}" for attrs in self.unlabelled if attrs.get("id") not in named),
            *(f"leads nowhere: {one}" for one in {*named, *referred, *anchors} - set(ids)),
            *(f"inline: {tag}" for tag in [*inline, *("style" for _ in self.all("style"))]),
            *("inline script" for attrs in self.all("script") if "src" not in attrs),
            *("no language" for attrs in self.all("html") if attrs.get("lang") not in ("ru", "en")),
            *(f"{len(self.all(tag))} of {tag}" for tag in ("h1", "main", "title") if len(self.all(tag)) != 1),
        ]
