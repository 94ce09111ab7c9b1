"""Messages in English."""

from sloty_notifications.kinds.language import (
    AccountTexts,
    AccountWords,
    Labels,
    Language,
    OfferLabels,
    Reasons,
    Words,
)
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
        unsubscribe="No more reminders by e-mail",
        reply="Will you come? Answer here",
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
        NotificationKind.WAITLIST_OFFER: Words(
            subject="A time has come free: {service}, {moment}",
            headline="A time has come free for you",
            opening="you are waiting for an appointment at {business}, and this time is free now.",
        ),
    },
    several={
        NotificationKind.BOOKED: Words(
            subject="Booked: {count} appointments, {service}, from {moment}",
            headline="Your {count} appointments are booked",
            opening="your {count} appointments at {business} are booked. We look forward to seeing you.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Requested: {count} appointments, {service}, from {moment}",
            headline="We have your request for {count} appointments",
            opening="{business} has received your request for {count} appointments and is keeping the times for you. You will hear as soon as they are confirmed.",
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Confirmed: {count} appointments, {service}, from {moment}",
            headline="Your {count} appointments are confirmed",
            opening="{business} has confirmed your {count} appointments. We look forward to seeing you.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Declined: {count} appointments, {service}, from {moment}",
            headline="Your request for {count} appointments was declined",
            opening="we are sorry: {business} could not accept your request for these {count} appointments.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Cancelled: {count} appointments, {service}, from {moment}",
            headline="Your {count} appointments are cancelled",
            opening="your {count} appointments at {business} have been cancelled.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="New times: {count} appointments, {service}, from {moment}",
            headline="Your {count} appointments have new times",
            opening="your {count} appointments at {business} have been moved. These are the new times.",
        ),
    },
    offer=OfferLabels(
        until="It is held for you until {expires}. After that it goes to the next in line.",
        button="Book this time",
        code="Or by hand, with this code",
        otherwise="If you do not need it, please decline in the same place. You keep waiting for another time.",
    ),
    account=AccountTexts(
        greeting="Hello {name},",
        nameless_greeting="Hello,",
        token="Or by hand, with this token",  # noqa: S106 - What stands before it.
        once="It works once, for {lifetime}.",
        unasked="If you did not expect this message, you can ignore it.",
        words={
            NotificationKind.EMAIL_VERIFICATION: AccountWords(
                subject="Verify your e-mail address for {business}",
                headline="Verify your e-mail address",
                opening="please confirm that this is the e-mail address of your account at {business}.",
                button="Verify e-mail address",
            ),
            NotificationKind.PASSWORD_RESET: AccountWords(
                subject="Choose a new password for {business}",
                headline="Choose a new password",
                opening="somebody asked to choose a new password for your account at {business}.",
                button="Choose a password",
            ),
            NotificationKind.INVITATION: AccountWords(
                subject="You are invited to join {business}",
                headline="You are invited",
                opening="{business} has made an account for you. Choose a password to join.",
                button="Accept the invitation",
            ),
        },
    ),
    reasons=Reasons(
        customer="You get this message because an appointment at {business} was booked or requested in your name.",
        participant="You get this message because you were named as a participant in an appointment at {business}.",
        waiting="You get this message because you are on the waitlist of {business}.",
        user="You get this message because this address was given for an account at {business}.",
    ),
)
