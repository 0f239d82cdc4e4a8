# A company's silence alarm.

silence-title = Silence alarm
silence-text = Connected, and without any event while people work: that becomes an incident. While it is off, an hour without events becomes a notice, at any time.
silence-is =
    { $n ->
        [one] On: 1 minute of working time without events is an incident.
       *[other] On: { $n } minutes of working time without events are an incident.
    }
silence-is-not = Off: an hour without events is a notice, at any time.
silence-enabled = On
silence-after = Without events for (minutes of working time)
silence-after-hint = 1 to 1,440. Only working time counts.
silence-events = Only these events count
silence-events-hint = One a line, such as call-* or agent-is-idle. Empty: any event.
silence-week = Working hours
silence-week-hint = Brasília time. Leave a day empty on which nobody works; 24:00 is the end of the day.
silence-suggested = By the events of the last four weeks, this company works like this:
silence-hours = { $from } to { $to }
silence-nobody = does not work
silence-holidays = National holidays do not count
silence-holidays-hint = Those of the law, with Good Friday. Carnival and Corpus Christi are none; put them below if nobody works then.
silence-days-off = Other days on which nobody works
silence-days-off-hint = One a line: 2026-12-24.
silence-saved = Silence alarm saved.
silence-stale = Somebody else saved this a moment ago. What you typed is still here; look it over and save again.
weekday =
    { $day ->
        [mon] Monday
        [tue] Tuesday
        [wed] Wednesday
        [thu] Thursday
        [fri] Friday
        [sat] Saturday
       *[sun] Sunday
    }
quiet-from = From
quiet-to = to
