"""What the pages say, in each of our languages."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountWords:
    """The pages behind the links to verify an address and to choose a password."""

    verify: str
    verify_button: str
    verified: str
    reset: str
    join: str
    password: str
    password_button: str
    chosen: str
    invalid: str
    unfit: str
    suspended: str
    later: str
    failed: str
    needs_script: str


@dataclass(frozen=True, slots=True)
class UnsubscribeWords:
    """The page behind the link that ends reminders; {business} stands in braces."""

    title: str
    question: Mapping[str, str]
    button: str
    done_title: str
    done: str


ACCOUNT: Mapping[str, AccountWords] = {
    "en": AccountWords(
        verify="Verify your e-mail address",
        verify_button="Verify e-mail address",
        verified="Thank you: your e-mail address is verified.",
        reset="Choose a new password",
        join="Choose a password to join",
        password="New password, at least 8 characters",  # noqa: S106 - A label.
        password_button="Save password",  # noqa: S106 - As above.
        chosen="Your password is saved. You can log in with it now.",
        invalid="This link was used before or is too old. Please ask for a new one.",
        unfit="Please choose a password of 8 to 200 characters.",
        suspended="This business is not active at the moment.",
        later="Too many attempts. Please try again in a few minutes.",
        failed="This did not work. Please try again.",
        needs_script="This page needs JavaScript.",
    ),
    "de": AccountWords(
        verify="E-Mail-Adresse bestätigen",
        verify_button="E-Mail-Adresse bestätigen",
        verified="Vielen Dank: Ihre E-Mail-Adresse ist bestätigt.",
        reset="Neues Passwort wählen",
        join="Passwort wählen und mitmachen",
        password="Neues Passwort, mindestens 8 Zeichen",  # noqa: S106 - A label.
        password_button="Passwort speichern",  # noqa: S106 - As above.
        chosen="Ihr Passwort ist gespeichert. Sie können sich jetzt damit anmelden.",
        invalid="Dieser Link wurde schon benutzt oder ist zu alt. Bitte fordern Sie einen neuen an.",
        unfit="Bitte wählen Sie ein Passwort mit 8 bis 200 Zeichen.",
        suspended="Dieses Unternehmen ist zurzeit nicht aktiv.",
        later="Zu viele Versuche. Bitte versuchen Sie es in einigen Minuten noch einmal.",
        failed="Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
        needs_script="Diese Seite braucht JavaScript.",
    ),
    "fr": AccountWords(
        verify="Confirmer votre adresse e-mail",
        verify_button="Confirmer l'adresse e-mail",
        verified="Merci : votre adresse e-mail est confirmée.",
        reset="Choisir un nouveau mot de passe",
        join="Choisir un mot de passe pour nous rejoindre",
        password="Nouveau mot de passe, au moins 8 caractères",  # noqa: S106 - A label.
        password_button="Enregistrer le mot de passe",  # noqa: S106 - As above.
        chosen="Votre mot de passe est enregistré. Vous pouvez maintenant vous connecter.",
        invalid="Ce lien a déjà servi ou est trop ancien. Veuillez en demander un nouveau.",
        unfit="Veuillez choisir un mot de passe de 8 à 200 caractères.",
        suspended="Cette entreprise n'est pas active en ce moment.",
        later="Trop de tentatives. Veuillez réessayer dans quelques minutes.",
        failed="Cela n'a pas fonctionné. Veuillez réessayer.",
        needs_script="Cette page a besoin de JavaScript.",
    ),
    "es": AccountWords(
        verify="Confirmar su correo electrónico",
        verify_button="Confirmar correo electrónico",
        verified="Gracias: su correo electrónico está confirmado.",
        reset="Elegir una contraseña nueva",
        join="Elegir una contraseña para unirse",
        password="Contraseña nueva, al menos 8 caracteres",  # noqa: S106 - A label.
        password_button="Guardar contraseña",  # noqa: S106 - As above.
        chosen="Su contraseña está guardada. Ya puede iniciar sesión con ella.",
        invalid="Este enlace ya se usó o es demasiado antiguo. Solicite uno nuevo, por favor.",
        unfit="Elija una contraseña de 8 a 200 caracteres, por favor.",
        suspended="Esta empresa no está activa en este momento.",
        later="Demasiados intentos. Inténtelo de nuevo dentro de unos minutos.",
        failed="No ha funcionado. Inténtelo de nuevo, por favor.",
        needs_script="Esta página necesita JavaScript.",
    ),
}
UNSUBSCRIBE: Mapping[str, UnsubscribeWords] = {
    "en": UnsubscribeWords(
        title="Unsubscribe",
        question={
            "EMAIL": "Do you want no more reminders of {business} by e-mail?",
            "SMS": "Do you want no more reminders of {business} by text message?",
        },
        button="No more reminders",
        done_title="Unsubscribed",
        done="You will get no more of these reminders.",
    ),
    "de": UnsubscribeWords(
        title="Erinnerungen abbestellen",
        question={
            "EMAIL": "Möchten Sie keine Erinnerungen von {business} per E-Mail mehr?",
            "SMS": "Möchten Sie keine Erinnerungen von {business} per SMS mehr?",
        },
        button="Keine Erinnerungen mehr",
        done_title="Abbestellt",
        done="Sie bekommen keine dieser Erinnerungen mehr.",
    ),
    "fr": UnsubscribeWords(
        title="Ne plus recevoir de rappels",
        question={
            "EMAIL": "Ne voulez-vous plus de rappels de {business} par e-mail ?",
            "SMS": "Ne voulez-vous plus de rappels de {business} par SMS ?",
        },
        button="Plus de rappels",
        done_title="C'est fait",
        done="Vous ne recevrez plus ces rappels.",
    ),
    "es": UnsubscribeWords(
        title="Dejar de recibir recordatorios",
        question={
            "EMAIL": "¿No quiere más recordatorios de {business} por correo electrónico?",
            "SMS": "¿No quiere más recordatorios de {business} por SMS?",
        },
        button="No más recordatorios",
        done_title="Hecho",
        done="No recibirá más estos recordatorios.",
    ),
}
