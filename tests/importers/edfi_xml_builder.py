"""Builds Ed-Fi bulk XML, small enough to read in a test."""

NAMESPACE = "http://ed-fi.org/5.2.0"


def leaf(name, value):
    return "" if value is None else f"<{name}>{value}</{name}>"


def day_event(pupil="p1", date="2022-03-07", category="Unexcused Absence", school="255", **more):
    """A StudentSchoolAttendanceEvent on one line; ``reason`` is its AttendanceEventReason."""
    return (
        "<StudentSchoolAttendanceEvent><AttendanceEvent>"
        + leaf("EventDate", date)
        + leaf("AttendanceEventCategory", category and f"uri://x/Descriptor#{category}")
        + leaf("AttendanceEventReason", more.get("reason"))
        + leaf("EventDuration", more.get("days"))
        + "</AttendanceEvent><StudentReference><StudentIdentity>"
        + leaf("StudentUniqueId", pupil)
        + "</StudentIdentity><StudentLookup><Name><FirstName>Pietje</FirstName>"
        "<LastSurname>Bell</LastSurname></Name></StudentLookup></StudentReference>"
        "<SchoolReference><SchoolIdentity>"
        + leaf("SchoolId", school)
        + "</SchoolIdentity></SchoolReference>"
        "<SessionReference><SessionIdentity><SchoolReference><SchoolIdentity>"
        "<SchoolId>999</SchoolId></SchoolIdentity></SchoolReference></SessionIdentity>"
        "</SessionReference>"
        + leaf("SchoolAttendanceDuration", more.get("minutes"))
        + leaf("ArrivalTime", more.get("arrival"))
        + leaf("DepartureTime", more.get("departure"))
        + "</StudentSchoolAttendanceEvent>"
    )


def lesson_event(pupil="p1", date="2022-03-07", category="Unexcused Absence", section="s1", **more):
    """A StudentSectionAttendanceEvent on one line."""
    return (
        "<StudentSectionAttendanceEvent><AttendanceEvent>"
        + leaf("EventDate", date)
        + leaf("AttendanceEventCategory", f"uri://x/Descriptor#{category}")
        + leaf("AttendanceEventReason", more.get("reason"))
        + "</AttendanceEvent><StudentReference><StudentIdentity>"
        + leaf("StudentUniqueId", pupil)
        + "</StudentIdentity></StudentReference><SectionReference><SectionIdentity>"
        + leaf("SectionIdentifier", section)
        + "<CourseOfferingReference><CourseOfferingIdentity><SchoolReference><SchoolIdentity>"
        "<SchoolId>255</SchoolId></SchoolIdentity></SchoolReference></CourseOfferingIdentity>"
        "</CourseOfferingReference></SectionIdentity></SectionReference>"
        + leaf("SectionAttendanceDuration", more.get("minutes"))
        + "</StudentSectionAttendanceEvent>"
    )


def school_reference(school="255"):
    return (
        f"<SchoolReference><SchoolIdentity><SchoolId>{school}</SchoolId></SchoolIdentity>"
        "</SchoolReference>"
    )


def term(first, last, days=None, name="Fall", school="255"):
    return (
        "<Session>"
        + leaf("SessionName", name)
        + leaf("BeginDate", first)
        + leaf("EndDate", last)
        + leaf("TotalInstructionalDays", days)
        + school_reference(school)
        + "</Session>"
    )


def calendar(code="c1", kind="School"):
    return (
        f"<Calendar><CalendarCode>{code}</CalendarCode>"
        f"<CalendarType>uri://x/CalendarTypeDescriptor#{kind}</CalendarType>"
        + school_reference()
        + "</Calendar>"
    )


def calendar_date(date, *events, code="c1"):
    return (
        "<CalendarDate>"
        + leaf("Date", date)
        + "".join(f"<CalendarEvent>uri://x/Descriptor#{event}</CalendarEvent>" for event in events)
        + f"<CalendarReference><CalendarIdentity><CalendarCode>{code}</CalendarCode>"
        + school_reference()
        + "</CalendarIdentity></CalendarReference></CalendarDate>"
    )


def interchange(*entities, root="InterchangeStudentAttendance", namespace=NAMESPACE):
    """A bulk file with each entity on a line of its own, the first on line 3."""
    lines = "\n".join(entities)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{namespace}">\n'
    return f"{head}{lines}\n</{root}>\n"
