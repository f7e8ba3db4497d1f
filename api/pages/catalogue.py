"""The texts of the customer's pages by language."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.words import Words
from api.pages.words_en import ENGLISH
from api.pages.words_ru import RUSSIAN
from domain.words import Language

WORDS: Mapping[Language, Words] = MappingProxyType({Language.RU: RUSSIAN, Language.EN: ENGLISH})
