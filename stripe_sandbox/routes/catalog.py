"""The endpoints of Products and Prices."""

from __future__ import annotations

from ..accepted.catalog import PRICE_CREATE, PRICE_UPDATE, PRODUCT_CREATE, PRODUCT_UPDATE
from ..accepted.common import NOTHING, TEXT, accepts, dated
from ..lists import PAGE_PARAMS
from ..params import Boolean, Choice, Fields, ListOf
from ..resources import prices, products
from ..router import Route

PRODUCTS = "/v1/products"
PRICES = "/v1/prices"

ROUTES = (
    Route("POST", PRODUCTS, products.create, PRODUCT_CREATE),
    Route(
        "GET",
        PRODUCTS,
        products.list_all,
        dated(active=Boolean(), ids=ListOf(TEXT), shippable=Boolean(), type=TEXT, url=TEXT),
    ),
    Route("GET", PRODUCTS + "/{id}", products.retrieve, NOTHING),
    Route("POST", PRODUCTS + "/{id}", products.update, PRODUCT_UPDATE),
    Route("DELETE", PRODUCTS + "/{id}", products.delete, NOTHING),
    Route("GET", PRODUCTS + "/{id}/features", products.list_features, accepts(PAGE_PARAMS)),
    Route("POST", PRICES, prices.create, PRICE_CREATE),
    Route(
        "GET",
        PRICES,
        prices.list_all,
        dated(
            active=Boolean(),
            currency=TEXT,
            lookup_keys=ListOf(TEXT, limit=10),
            product=TEXT,
            recurring=Fields({"interval": TEXT, "meter": TEXT, "usage_type": TEXT}),
            type=Choice("one_time", "recurring"),
        ),
    ),
    Route("GET", PRICES + "/{id}", prices.retrieve, NOTHING),
    Route("POST", PRICES + "/{id}", prices.update, PRICE_UPDATE),
)
