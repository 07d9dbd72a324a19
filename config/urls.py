"""Every address of the product, one include per app."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from common import health
from payments.views.availability import CatalogAvailabilityView, ProductAvailabilityView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("auth/", include("accounts.urls")),
    # The catalog has never heard of orders, so what is free is answered by payments.
    path(
        "catalog/products/<uuid:product_id>/availability/",
        ProductAvailabilityView.as_view(),
        name="product-availability",
    ),
    path("catalog/availability/", CatalogAvailabilityView.as_view(), name="catalog-availability"),
    path("catalog/products/<uuid:product_id>/units/", include("payments.unit_urls")),
    path("catalog/", include("catalog.urls")),
    path("payments/", include("payments.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("accounts.page_urls")),
    path("", include("storefront.urls")),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]

handler400 = "common.api.exceptions.handler400"
handler403 = "common.api.exceptions.handler403"
handler404 = "common.api.exceptions.handler404"
handler500 = "common.api.exceptions.handler500"
