"""Plans a request without a model: a Plan, an answer, or one clarifying question. Pure."""

from __future__ import annotations

import re

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.answers import answer, help_text
from soc_tui.analysts.offline.planner.counting import counted
from soc_tui.analysts.offline.planner.many_tables import hunting_plan, sweep
from soc_tui.analysts.offline.planner.one_table import HuntedColumns, build_plan
from soc_tui.analysts.offline.planner.reading import read
from soc_tui.analysts.offline.planner.table_choice import (
    absent_table,
    ask_for_another,
    ask_for_table,
    called_table,
    chosen_table,
)
from soc_tui.analysts.offline.planner.tables import named_tables
from soc_tui.analysts.offline.planner.topics import about_hunting, by_catalog, choices, topics
from soc_tui.model.plan import Plan, Reply


def plan_anew(text: str, request: PlanRequest, hunted: HuntedColumns) -> Plan | Reply:
    """Table by topic, filters by what is named, fields by the catalog and the hunt.

    Raises:
        AnalystError: the catalog has no table for it.
    """
    reading = read(text, request)
    if reply := answer(text, reading.named, request.catalog):
        return reply
    called = named_tables(reading.whole, request.catalog.tables)
    found = by_catalog(topics(reading.about, reading.named), reading.whole, request.catalog)
    named_table = called_table(called, found, reading, request.catalog)
    absent = absent_table(reading, called, found, request.catalog)
    if absent and request.may_ask and choices(request.catalog):
        return ask_for_another(absent, request.catalog)
    if absent and not request.may_ask and (rest := _without_words(text, absent.words)) != text:
        return plan_anew(rest, request, hunted)  # answered: the words for it lead nowhere
    if special := sweep(reading, request, hunted) or hunting_plan(
        reading, named_table, found, request, hunted
    ):
        return special
    if not named_table and not found and not reading.named.any and not reading.conditions:
        hunts = about_hunting(reading.text)
        if not hunts or request.may_ask:
            catalog = request.catalog
            return ask_for_table(catalog) if hunts else Reply(help_text(catalog))
    table, why = chosen_table(named_table, found, reading, request.catalog)
    made = build_plan(reading, table, why, request, hunted)
    return counted(
        reading.text,
        made,
        request.catalog,
        request.limits,
        hours=reading.hours,
        interval=reading.interval,
    )


def _without_words(text: str, words: str) -> str:
    return re.sub(re.escape(words), " ", text, flags=re.I)
