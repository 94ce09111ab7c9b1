"""Messages in English."""

from sloty_notifications.kinds.language import Labels, Language, Words
from sloty_shared.models import NotificationKind

ENGLISH = Language(
    code="en",
    date_and_time="{date} at {time}",
    labels=Labels(
        greeting="Hello {first_name},",
        what="Service",
        when="When",
        provider="With",
        where="Where",
        online="Online",
        price="Price",
        code="Confirmation code",
        reason="Reason",
        farewell="Kind regards,",
    ),
    words={
        NotificationKind.BOOKED: Words(
            subject="Booked: {service}, {moment}",
            headline="Your appointment is booked",
            opening="your appointment at {business} is booked. We look forward to seeing you.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Requested: {service}, {moment}",
            headline="We have your request",
            opening=(
                "{business} has received your request for an appointment and is keeping the time "
                "for you. You will hear as soon as it is confirmed."
            ),
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Confirmed: {service}, {moment}",
            headline="Your appointment is confirmed",
            opening="{business} has confirmed your appointment. We look forward to seeing you.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Declined: {service}, {moment}",
            headline="Your request was declined",
            opening="we are sorry: {business} could not accept your request for this appointment.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Cancelled: {service}, {moment}",
            headline="Your appointment is cancelled",
            opening="your appointment at {business} has been cancelled.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="New time: {service}, {moment}",
            headline="Your appointment has a new time",
            opening="your appointment at {business} has been moved. This is the new time.",
        ),
        NotificationKind.REMINDER: Words(
            subject="Reminder: {service}, {moment}",
            headline="Your appointment is coming up",
            opening="this is a reminder of your appointment at {business}.",
        ),
    },
)
