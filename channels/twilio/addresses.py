"""The addresses of ours that Twilio is told for one call: they hold the attempt's id, never personal data."""

from dataclasses import dataclass
from uuid import UUID

from domain.words import Language

PREFIX = "/webhooks/twilio"


@dataclass(frozen=True)
class CallAddresses:
    """Where Twilio asks what to do with a call, and reports how it goes."""

    public_url: str
    attempt: UUID

    @property
    def specialist(self) -> str:
        """What to do when the specialist answers."""
        return self._of("specialist")

    @property
    def accepted(self) -> str:
        """What to do when the specialist has pressed a key."""
        return self._of("accepted")

    def announcement(self, language: Language) -> str:
        """What the customer hears before both are connected, in which language: to say it nothing need be looked up."""
        return self._of(f"announcement?language={language.value}")

    @property
    def dialled(self) -> str:
        """What to do when the customer's leg is over."""
        return self._of("dialled")

    @property
    def status(self) -> str:
        """How the specialist's leg goes."""
        return self._of("status")

    @property
    def customer(self) -> str:
        """How the customer's leg goes, and who answered it."""
        return self._of("customer")

    def _of(self, step: str) -> str:
        return f"{self.public_url}{PREFIX}/calls/{self.attempt}/{step}"
