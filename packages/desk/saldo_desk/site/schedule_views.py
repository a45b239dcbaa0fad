"""„Automat synchronizacji”: when and what is sent without a person."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Direction
from saldo_desk.exchange import schedule_words, schedules
from saldo_desk.exchange.schedules import Plan
from saldo_desk.exchange.tables import ScheduleMode
from saldo_desk.site.opened import done, in_company, operator_of, page
from saldo_desk.site.run_forms import day_field


class ChosenFirst(forms.RadioSelect):
    """The choice that stands gets the focus, or opening the dialog would lead to another one."""

    def create_option(self, *arguments: Any, **values: Any) -> dict[str, Any]:
        """The option, with the focus where it is chosen."""
        option: dict[str, Any] = super().create_option(*arguments, **values)
        if option["selected"]:
            option["attrs"]["autofocus"] = True
        return option


class ScheduleForm(forms.Form):
    """When, and what. Only the fields of what was chosen are looked at."""

    mode = forms.ChoiceField(
        label=_("When"),
        widget=ChosenFirst,
        choices=[
            (ScheduleMode.OFF, _("never by itself")),
            (ScheduleMode.EVERY, _("every so many minutes")),
            (ScheduleMode.AT, _("at fixed times")),
        ],
    )
    every_minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        help_text=_("From 5 to 1440."),
        widget=forms.NumberInput(
            attrs={"min": schedules.EVERY_MINUTES_MIN, "max": schedules.EVERY_MINUTES_MAX, "inputmode": "numeric"}
        ),
    )
    at_times = forms.CharField(
        label=_("Times of day"), required=False, max_length=300, help_text=_("Polish time, such as 08:00, 14:30.")
    )
    approved_from = day_field(
        _("Also approved invoices issued from"),
        hint=_("Left empty: only what was sent before and has changed."),
    )
    directions = forms.MultipleChoiceField(
        label=_("Which of them"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(Direction.SALES, _("sales")), (Direction.PURCHASE, _("purchases"))],
    )

    def plan(self) -> Plan:
        """What was chosen; what belongs to another choice stays as it was typed, if it can be read.

        :raises TimesUnclear: where times are what was chosen.
        """
        typed = self.cleaned_data
        try:
            times = schedules.read_times(typed["at_times"])
        except schedules.TimesUnclear:
            if typed["mode"] == ScheduleMode.AT:
                raise schedules.TimesUnclear(pointer="at_times") from None
            times = ()
        return Plan(
            mode=typed["mode"],
            every_minutes=typed["every_minutes"] or (0 if typed["mode"] == ScheduleMode.EVERY else 15),
            at_times=times,
            approved_from=typed["approved_from"],
            directions=tuple(typed["directions"]),
        )


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def schedule(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The dialog; posted, the schedule is set."""
    form = ScheduleForm(request.POST or None, initial=_initial(company))
    if form.is_valid():
        try:
            schedules.set_plan(company=company, plan=form.plan(), operator=operator_of(request), now=timezone.now())
        except Refusal as refusal:
            form.add_error(refusal.pointer or None, refusal.message)
        else:
            return done(request, "run-changed")
    row = schedules.get(company=company)
    return page(
        request,
        "schedule",
        company=company,
        form=form,
        stands=schedule_words.stands_of(row) if row else [],
        late=schedule_words.late_of() if row and schedules.is_late(row, now=timezone.now()) else "",
        events=[(event, schedule_words.event_of(event)) for event in schedules.list_events(company=company)],
    )


def _initial(company: Company) -> dict[str, Any]:
    plan = schedules.plan_of(schedules.get(company=company))
    return {
        "mode": plan.mode,
        "every_minutes": plan.every_minutes,
        "at_times": ", ".join(plan.at_times),
        "approved_from": plan.approved_from,
        "directions": list(plan.directions) or [Direction.SALES, Direction.PURCHASE],
    }
