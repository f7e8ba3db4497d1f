"""The demo's customers: invented, and new in every run, so that no earlier run is in the way."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Customer:
    """Somebody who fills in a survey."""

    label: str
    """On the screen."""
    name: str
    ref: str
    """The inviter's customer id."""
    phone: str
    """E.164, a Russian mobile number; only the simulator ever rings it."""
    email: str | None
    """None: reached by telephone and SMS only."""

    @property
    def phone_as_typed(self) -> str:
        """As people write it."""
        rest = self.phone.removeprefix("+7")
        return f"8 ({rest[:3]}) {rest[3:6]}-{rest[6:8]}-{rest[8:]}"

    @property
    def addresses(self) -> frozenset[str]:
        """Where messages to them arrive."""
        return frozenset({self.phone, self.email or self.phone})


@dataclass(frozen=True)
class Cast:
    """The customers of one run; `run` must differ from that of every earlier run."""

    run: int

    def customer(self, place: int, label: str, name: str) -> Customer:
        """The customer at this place (0–19) of the cast."""
        return Customer(
            label=label,
            name=name,
            ref=f"demo-{self.run}-{place}",
            phone=f"+7916{(self.run * 20 + place) % 10**7:07d}",
            email=f"{label.lower()}.{self.run}@example.com",
        )
