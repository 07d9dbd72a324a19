"""What a return costs besides the rent: damages, what was lost, and delay (domain rule D4)."""

from collections.abc import Iterable
from typing import cast

from accounts.models import User
from payments.domain.deposits import Claimed, ClaimKind
from payments.models import Movement, RentalOrder
from payments.services.claims import claimable_minor, open_claim
from payments.services.deposits import check_unsettled
from payments.services.journal import Actor
from payments.services.late_fees import late_fee
from payments.services.movements import Scan


def claim_for_return(
    order: RentalOrder, returns: Iterable[tuple[Movement, Scan]], actor: Actor
) -> None:
    """Open the claims that units which came back to a locked order call for.

    What is lost is claimed as that, and does not come late besides. Raises DepositSettled, and
    InvalidInput for an amount that the currency does not have.
    """
    check_unsettled(order)
    staff = cast(User, actor.user)
    for movement, scan in returns:
        about = {"item": movement.item, "movement": movement}
        kind = ClaimKind.LOSS if movement.is_lost else ClaimKind.DAMAGE
        for damage in scan.damages:
            claimed = Claimed(kind, claimable_minor(damage.amount, order.currency))
            open_claim(order, claimed, damage.reason, staff, **about)
        charge = late_fee(order, movement.item, movement.quantity, movement.at)
        if charge and not movement.is_lost:
            claimed = Claimed(ClaimKind.LATE, charge.amount_minor)
            open_claim(order, claimed, charge.reason, staff, **about)
