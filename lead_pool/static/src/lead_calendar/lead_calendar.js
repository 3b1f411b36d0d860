import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarController } from "@web/views/calendar/calendar_controller";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";

const LISTS = { day: "listDay", week: "listWeek", month: "listMonth" };

/** On a phone the days stand one below the other, where names have room: seven columns cut them to three letters. */
class LeadCalendarCommonRenderer extends CalendarCommonRenderer {
    get options() {
        const options = super.options;
        if (this.env.isSmall) {
            Object.assign(options, {
                initialView: LISTS[this.props.model.scale],
                listDayFormat: "DDDD",
                listDaySideFormat: false,
                displayEventTime: false,
                noEventsText: _t("Nothing is planned"),
                weekNumbers: false,
            });
            delete options.dayHeaderContent; // else the format of days is not used
        }
        return options;
    }

    onEventDidMount(info) {
        if (this.env.isSmall) {
            info.el.dataset.eventId = info.event.id; // all that a line of a list has of what the columns dress up
        } else {
            super.onEventDidMount(info);
        }
    }
}

class LeadCalendarRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: LeadCalendarCommonRenderer,
        week: LeadCalendarCommonRenderer,
        month: LeadCalendarCommonRenderer,
    };
}

class LeadCalendarController extends CalendarController {
    get modelParams() {
        const params = super.modelParams;
        return this.env.isSmall ? { ...params, scale: "week" } : params;
    }
}

registry.category("views").add("lead_calendar", {
    ...calendarView,
    Controller: LeadCalendarController,
    Renderer: LeadCalendarRenderer,
});
