"""Everything under /catalog/products/{id}/units/."""

from django.urls import path

from payments.views.units import (
    BackInServiceView,
    OutOfServiceView,
    ProductUnitsView,
    RetireUnitView,
)

urlpatterns = [
    path("", ProductUnitsView.as_view(), name="product-units"),
    path("<uuid:unit_id>/out_of_service/", OutOfServiceView.as_view(), name="unit-out-of-service"),
    path(
        "<uuid:unit_id>/back_in_service/",
        BackInServiceView.as_view(),
        name="unit-back-in-service",
    ),
    path("<uuid:unit_id>/retire/", RetireUnitView.as_view(), name="unit-retire"),
]
