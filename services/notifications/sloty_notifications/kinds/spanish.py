"""Messages in Spanish."""

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

SPANISH = Language(
    code="es",
    date_and_time="{date}, {time}",
    labels=Labels(
        greeting="Hola, {first_name}:",
        what="Servicio",
        when="Cuándo",
        provider="Con",
        where="Dónde",
        online="En línea",
        price="Precio",
        code="Código de confirmación",
        reason="Motivo",
        farewell="Un cordial saludo,",
        unsubscribe="No recibir más recordatorios por correo",
        reply="¿Vendrá? Responda aquí",
    ),
    words={
        NotificationKind.BOOKED: Words(
            subject="Reservada: {service}, {moment}",
            headline="Su cita está reservada",
            opening="su cita en {business} está reservada. Le esperamos.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Solicitada: {service}, {moment}",
            headline="Hemos recibido su solicitud",
            opening="{business} ha recibido su solicitud de cita y le guarda la hora. Le avisaremos en cuanto esté confirmada.",
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Confirmada: {service}, {moment}",
            headline="Su cita está confirmada",
            opening="{business} ha confirmado su cita. Le esperamos.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Rechazada: {service}, {moment}",
            headline="Su solicitud ha sido rechazada",
            opening="lo sentimos: {business} no ha podido aceptar su solicitud para esta cita.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Cancelada: {service}, {moment}",
            headline="Su cita está cancelada",
            opening="su cita en {business} ha sido cancelada.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="Nueva hora: {service}, {moment}",
            headline="Su cita tiene una nueva hora",
            opening="su cita en {business} se ha cambiado. Esta es la nueva hora.",
        ),
        NotificationKind.REMINDER: Words(
            subject="Recordatorio: {service}, {moment}",
            headline="Se acerca su cita",
            opening="le recordamos su cita en {business}.",
        ),
        NotificationKind.WAITLIST_OFFER: Words(
            subject="Ha quedado libre una hora: {service}, {moment}",
            headline="Ha quedado libre una hora para usted",
            opening="usted espera una cita en {business}, y esta hora está libre ahora.",
        ),
    },
    several={
        NotificationKind.BOOKED: Words(
            subject="Reservadas: {count} citas, {service}, desde el {moment}",
            headline="Sus {count} citas están reservadas",
            opening="sus {count} citas en {business} están reservadas. Le esperamos.",
        ),
        NotificationKind.REQUESTED: Words(
            subject="Solicitadas: {count} citas, {service}, desde el {moment}",
            headline="Hemos recibido su solicitud de {count} citas",
            opening="{business} ha recibido su solicitud de {count} citas y le guarda las horas. Le avisaremos en cuanto estén confirmadas.",
        ),
        NotificationKind.CONFIRMED: Words(
            subject="Confirmadas: {count} citas, {service}, desde el {moment}",
            headline="Sus {count} citas están confirmadas",
            opening="{business} ha confirmado sus {count} citas. Le esperamos.",
        ),
        NotificationKind.DECLINED: Words(
            subject="Rechazadas: {count} citas, {service}, desde el {moment}",
            headline="Su solicitud de {count} citas ha sido rechazada",
            opening="lo sentimos: {business} no ha podido aceptar su solicitud para estas {count} citas.",
        ),
        NotificationKind.CANCELLED: Words(
            subject="Canceladas: {count} citas, {service}, desde el {moment}",
            headline="Sus {count} citas están canceladas",
            opening="sus {count} citas en {business} han sido canceladas.",
        ),
        NotificationKind.RESCHEDULED: Words(
            subject="Nuevas horas: {count} citas, {service}, desde el {moment}",
            headline="Sus {count} citas tienen nuevas horas",
            opening="sus {count} citas en {business} se han cambiado. Estas son las nuevas horas.",
        ),
    },
    offer=OfferLabels(
        until="Se la guardamos hasta el {expires}. Después se ofrecerá a la siguiente persona.",
        button="Reservar esta hora",
        code="O a mano, con este código",
        otherwise="Si no la necesita, rechácela en el mismo lugar. Seguirá en espera de otra hora.",
    ),
    account=AccountTexts(
        greeting="Hola, {name}:",
        nameless_greeting="Hola:",
        token="O a mano, con este código",  # noqa: S106 - What stands before it.
        once="Sirve una sola vez, durante {lifetime}.",
        unasked="Si no esperaba este mensaje, puede ignorarlo.",
        words={
            NotificationKind.EMAIL_VERIFICATION: AccountWords(
                subject="Verifique su correo electrónico para {business}",
                headline="Verifique su correo electrónico",
                opening="confirme que esta es la dirección de correo de su cuenta en {business}.",
                button="Verificar el correo",
            ),
            NotificationKind.PASSWORD_RESET: AccountWords(
                subject="Elija una nueva contraseña para {business}",
                headline="Elija una nueva contraseña",
                opening="alguien ha pedido elegir una nueva contraseña para su cuenta en {business}.",
                button="Elegir una contraseña",
            ),
            NotificationKind.INVITATION: AccountWords(
                subject="Le invitan a unirse a {business}",
                headline="Tiene una invitación",
                opening="{business} le ha creado una cuenta. Elija una contraseña para unirse.",
                button="Aceptar la invitación",
            ),
        },
    ),
    reasons=Reasons(
        customer="Recibe este mensaje porque se reservó o solicitó a su nombre una cita en {business}.",
        participant="Recibe este mensaje porque se anunció su participación en una cita en {business}.",
        waiting="Recibe este mensaje porque está en la lista de espera de {business}.",
        user="Recibe este mensaje porque esta dirección se indicó para una cuenta en {business}.",
    ),
)
