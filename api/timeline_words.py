"""The steps of a case in words, for people."""

from collections.abc import Mapping

from domain.events import EventKind
from domain.words import Language

ENGLISH: Mapping[EventKind, str] = {
    EventKind.OPENED: "The case was opened.",
    EventKind.NO_OVERLAP: "No hour suits both the company and the customer.",
    EventKind.NUMBER_NEEDED: "There is no number that can be rung; the customer is asked for one.",
    EventKind.NUMBER_GIVEN: "The customer gave a number.",
    EventKind.RESPONSE_AMENDED: "The questionnaire was amended.",
    EventKind.CLAIMED: "The case was taken.",
    EventKind.RELEASED: "The case was put back on the desk.",
    EventKind.ASSIGNED: "The case was given to somebody.",
    EventKind.OWNER_LEFT: "The owner went off duty.",
    EventKind.NOT_CALLED_WARNED: "Taken, but not called: the owner was warned.",
    EventKind.NOT_CALLED_RELEASED: "Taken, but not called: back on the desk.",
    EventKind.CALL_STARTED: "A call began.",
    EventKind.CALL_ASKED_AFTER: "Nothing was heard of the call's end; the provider is asked.",
    EventKind.ATTEMPT_ENDED: "The call ended.",
    EventKind.CUSTOMER_ANSWERED: "The telephone was answered.",
    EventKind.CUSTOMER_REACHED: "The customer was reached.",
    EventKind.SERVED_ELSEWHERE: "The customer was reached in another case of theirs.",
    EventKind.NEXT_ATTEMPT_PLANNED: "The next attempt was planned.",
    EventKind.NEXT_ATTEMPT_DUE: "The next attempt is due.",
    EventKind.PROMISE_WARNED: "The callback promise is running out.",
    EventKind.PROMISE_KEPT: "The callback promise was kept.",
    EventKind.PROMISE_BROKEN: "The callback promise was broken.",
    EventKind.CALLBACK_AGREED: "A time to call was agreed.",
    EventKind.CALLBACK_WARNED: "The agreed time is near.",
    EventKind.CALLBACK_BROKEN: "The agreed time passed without a call.",
    EventKind.DEADLINE_MOVED: "The deadline was moved.",
    EventKind.DEADLINE_MISSED: "The deadline was missed.",
    EventKind.ESCALATED: "Second line was asked.",
    EventKind.REVIEW_ANSWERED: "Second line answered.",
    EventKind.REVIEW_ASKED_BACK: "Second line asked back.",
    EventKind.REVIEW_FORWARDED: "Second line handed the question on.",
    EventKind.REVIEW_OVERDUE: "Second line's answer is overdue.",
    EventKind.IDLE_NUDGED: "Nothing happened for long; the owner was reminded.",
    EventKind.GOAL_MISSED: "Not resolved within the goal's time.",
    EventKind.RESOLVED: "The case was resolved.",
    EventKind.SURVEY_REMINDED: "The customer was reminded of the final survey.",
    EventKind.SURVEY_ANSWERED: "The customer answered the final survey.",
    EventKind.SURVEY_EXPIRED: "The final survey expired.",
    EventKind.UNREACHABLE: "The customer could not be reached.",
    EventKind.WITHDRAWN: "The customer wishes no more contact.",
    EventKind.ERASED: "The customer's personal data was erased.",
    EventKind.RESUMED: "The case goes on after a restore.",
    EventKind.ALARM_REPEATED: "The alert was repeated.",
    EventKind.ACKNOWLEDGED: "The alerts were acknowledged.",
    EventKind.CLOSED: "The loop is closed.",
}

RUSSIAN: Mapping[EventKind, str] = {
    EventKind.OPENED: "Обращение создано.",
    EventKind.NO_OVERLAP: "Нет часа, удобного и компании, и клиенту.",
    EventKind.NUMBER_NEEDED: "Позвонить некуда: клиента попросили указать номер.",
    EventKind.NUMBER_GIVEN: "Клиент указал номер.",
    EventKind.RESPONSE_AMENDED: "Анкета дополнена.",
    EventKind.CLAIMED: "Обращение взято в работу.",
    EventKind.RELEASED: "Обращение возвращено в очередь.",
    EventKind.ASSIGNED: "Обращение передано сотруднику.",
    EventKind.OWNER_LEFT: "Ответственный закончил смену.",
    EventKind.NOT_CALLED_WARNED: "Взято, но звонка не было: ответственный предупреждён.",
    EventKind.NOT_CALLED_RELEASED: "Взято, но звонка не было: снова в очереди.",
    EventKind.CALL_STARTED: "Начат звонок.",
    EventKind.CALL_ASKED_AFTER: "Конец звонка неизвестен, спрашиваем оператора связи.",
    EventKind.ATTEMPT_ENDED: "Звонок завершён.",
    EventKind.CUSTOMER_ANSWERED: "Трубку сняли.",
    EventKind.CUSTOMER_REACHED: "Клиент на связи.",
    EventKind.SERVED_ELSEWHERE: "С клиентом поговорили по другому его обращению.",
    EventKind.NEXT_ATTEMPT_PLANNED: "Запланирована следующая попытка.",
    EventKind.NEXT_ATTEMPT_DUE: "Пора звонить снова.",
    EventKind.PROMISE_WARNED: "Срок обещанного звонка подходит.",
    EventKind.PROMISE_KEPT: "Обещание позвонить выполнено.",
    EventKind.PROMISE_BROKEN: "Обещание позвонить нарушено.",
    EventKind.CALLBACK_AGREED: "Согласовано время звонка.",
    EventKind.CALLBACK_WARNED: "Согласованное время близко.",
    EventKind.CALLBACK_BROKEN: "В согласованное время не позвонили.",
    EventKind.DEADLINE_MOVED: "Срок перенесён.",
    EventKind.DEADLINE_MISSED: "Срок пропущен.",
    EventKind.ESCALATED: "Вопрос задан второй линии.",
    EventKind.REVIEW_ANSWERED: "Вторая линия ответила.",
    EventKind.REVIEW_ASKED_BACK: "Вторая линия задала встречный вопрос.",
    EventKind.REVIEW_FORWARDED: "Вторая линия передала вопрос дальше.",
    EventKind.REVIEW_OVERDUE: "Ответ второй линии просрочен.",
    EventKind.IDLE_NUDGED: "Давно без движения: ответственному напомнили.",
    EventKind.GOAL_MISSED: "Не решено за отведённое время.",
    EventKind.RESOLVED: "Обращение решено.",
    EventKind.SURVEY_REMINDED: "Клиенту напомнили о финальном опросе.",
    EventKind.SURVEY_ANSWERED: "Клиент ответил на финальный опрос.",
    EventKind.SURVEY_EXPIRED: "Финальный опрос истёк.",
    EventKind.UNREACHABLE: "С клиентом не удалось связаться.",
    EventKind.WITHDRAWN: "Клиент не хочет, чтобы с ним связывались.",
    EventKind.ERASED: "Персональные данные клиента удалены.",
    EventKind.RESUMED: "Обращение продолжено после восстановления.",
    EventKind.ALARM_REPEATED: "Оповещение повторено.",
    EventKind.ACKNOWLEDGED: "Оповещения приняты.",
    EventKind.CLOSED: "Контур замкнут.",
}

WORDS: Mapping[Language, Mapping[EventKind, str]] = {Language.RU: RUSSIAN, Language.EN: ENGLISH}


def words_of(kind: str, language: Language) -> str:
    """The step as a sentence; its code when this version does not know it."""
    try:
        return WORDS[language][EventKind(kind)]
    except ValueError:
        return kind
