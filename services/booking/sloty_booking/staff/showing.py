"""Providers as each kind of caller may see them."""

from sloty_booking.staff.schemas import ProviderUserView, ProviderView
from sloty_shared.models import Provider, UserRole
from sloty_shared.web.work import Work


def shown(work: Work, provider: Provider) -> ProviderView:
    """A customer does not see what is between the business and the provider."""
    view = ProviderView.model_validate(provider)
    caller = work.caller_or_none
    if caller is not None and caller.role is not UserRole.USER:
        return view
    user = ProviderUserView(id=view.user.id, name=view.user.name, email=None)
    return view.model_copy(update={"user": user, "credentials": [], "settings": {}})
