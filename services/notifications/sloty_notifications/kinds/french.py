"""Messages in French."""

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

FRENCH = Language(
    code="fr",
    date_and_time="{date} à {time}",
    labels=Labels(
        greeting="Bonjour {first_name},",
        what="Prestation",
        when="Quand",
        provider="Avec",
        where="Où",
        online="En ligne",
        price="Prix",
        code="Code de confirmation",
        reason="Motif",
        farewell="Cordialement,",
        unsubscribe="Ne plus recevoir de rappels par e-mail",
        reply="Dites si vous venez",
    ),
    words={
        NotificationKind.BOOKED: Words(
            subject="Réservé : {service}, {moment}",
            headline="Votre rendez-vous est réservé",
            opening="votre rendez-vous chez {business} est réservé. Nous nous réjouissons de vous accueillir.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Demandé : {service}, {moment}",
            headline="Nous avons reçu votre demande",
            opening="{business} a reçu votre demande de rendez-vous et vous réserve cet horaire. Vous serez informé dès qu'il sera confirmé.",
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Confirmé : {service}, {moment}",
            headline="Votre rendez-vous est confirmé",
            opening="{business} a confirmé votre rendez-vous. Nous nous réjouissons de vous accueillir.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Refusé : {service}, {moment}",
            headline="Votre demande a été refusée",
            opening="nous sommes désolés : {business} n'a pas pu accepter votre demande de rendez-vous.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Annulé : {service}, {moment}",
            headline="Votre rendez-vous est annulé",
            opening="votre rendez-vous chez {business} a été annulé.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="Nouvel horaire : {service}, {moment}",
            headline="Votre rendez-vous a un nouvel horaire",
            opening="votre rendez-vous chez {business} a été déplacé. Voici le nouvel horaire.",
        ),
        NotificationKind.REMINDER: Words(
            subject="Rappel : {service}, {moment}",
            headline="Votre rendez-vous approche",
            opening="nous vous rappelons votre rendez-vous chez {business}.",
        ),
        NotificationKind.WAITLIST_OFFER: Words(
            subject="Un créneau s'est libéré : {service}, {moment}",
            headline="Un créneau s'est libéré pour vous",
            opening="vous attendez un rendez-vous chez {business}, et ce créneau est maintenant libre.",
        ),
    },
    several={
        NotificationKind.BOOKED: Words(
            subject="Réservés : {count} rendez-vous, {service}, à partir du {moment}",
            headline="Vos {count} rendez-vous sont réservés",
            opening="vos {count} rendez-vous chez {business} sont réservés. Nous nous réjouissons de vous accueillir.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Demandés : {count} rendez-vous, {service}, à partir du {moment}",
            headline="Nous avons reçu votre demande de {count} rendez-vous",
            opening="{business} a reçu votre demande de {count} rendez-vous et vous réserve ces horaires. Vous serez informé dès qu'ils seront confirmés.",
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Confirmés : {count} rendez-vous, {service}, à partir du {moment}",
            headline="Vos {count} rendez-vous sont confirmés",
            opening="{business} a confirmé vos {count} rendez-vous. Nous nous réjouissons de vous accueillir.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Refusés : {count} rendez-vous, {service}, à partir du {moment}",
            headline="Votre demande de {count} rendez-vous a été refusée",
            opening="nous sommes désolés : {business} n'a pas pu accepter votre demande de ces {count} rendez-vous.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Annulés : {count} rendez-vous, {service}, à partir du {moment}",
            headline="Vos {count} rendez-vous sont annulés",
            opening="vos {count} rendez-vous chez {business} ont été annulés.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="Nouveaux horaires : {count} rendez-vous, {service}, à partir du {moment}",
            headline="Vos {count} rendez-vous ont de nouveaux horaires",
            opening="vos {count} rendez-vous chez {business} ont été déplacés. Voici les nouveaux horaires.",
        ),
    },
    offer=OfferLabels(
        until="Il vous est réservé jusqu'au {expires}. Ensuite, il sera proposé à la personne suivante.",
        button="Réserver ce créneau",
        code="Ou à la main, avec ce code",
        otherwise="Si vous n'en avez pas besoin, refusez-le au même endroit. Vous restez en attente d'un autre créneau.",
    ),
    account=AccountTexts(
        greeting="Bonjour {name},",
        nameless_greeting="Bonjour,",
        token="Ou à la main, avec ce code",  # noqa: S106 - What stands before it.
        once="Il est valable une seule fois, pendant {lifetime}.",
        unasked="Si vous n'attendiez pas ce message, vous pouvez l'ignorer.",
        words={
            NotificationKind.EMAIL_VERIFICATION: AccountWords(
                subject="Vérifiez votre adresse e-mail pour {business}",
                headline="Vérifiez votre adresse e-mail",
                opening="merci de confirmer que cette adresse e-mail est celle de votre compte chez {business}.",
                button="Vérifier l'adresse e-mail",
            ),
            NotificationKind.PASSWORD_RESET: AccountWords(
                subject="Choisissez un nouveau mot de passe pour {business}",
                headline="Choisissez un nouveau mot de passe",
                opening="quelqu'un a demandé à choisir un nouveau mot de passe pour votre compte chez {business}.",
                button="Choisir un mot de passe",
            ),
            NotificationKind.INVITATION: AccountWords(
                subject="Vous êtes invité à rejoindre {business}",
                headline="Vous êtes invité",
                opening="{business} vous a créé un compte. Choisissez un mot de passe pour l'utiliser.",
                button="Accepter l'invitation",
            ),
        },
    ),
    reasons=Reasons(
        customer="Vous recevez ce message parce qu'un rendez-vous chez {business} a été réservé ou demandé à votre nom.",
        participant="Vous recevez ce message parce que votre participation à un rendez-vous chez {business} a été annoncée.",
        waiting="Vous recevez ce message parce que vous êtes sur la liste d'attente de {business}.",
        user="Vous recevez ce message parce que cette adresse a été indiquée pour un compte chez {business}.",
    ),
)
