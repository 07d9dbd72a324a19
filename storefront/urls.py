"""Pages for people."""

from django.urls import path

from storefront.views.balance import pay_balance
from storefront.views.board import board_page
from storefront.views.cancel import cancel_page
from storefront.views.documents import document_page, issue
from storefront.views.extend import extend_page
from storefront.views.hold import hold
from storefront.views.home import home_page
from storefront.views.my_orders import my_orders_page
from storefront.views.order import order_page, pay
from storefront.views.product import product_page
from storefront.views.quote import quote_page
from storefront.views.sign_up import sign_up_page

urlpatterns = [
    path("", home_page, name="home"),
    path("products/<slug:slug>/", product_page, name="product"),
    path("orders/", my_orders_page, name="my-orders"),
    path("orders/<uuid:order_id>/", order_page, name="order"),
    path("orders/<uuid:order_id>/pay/", pay, name="order-pay"),
    path("orders/<uuid:order_id>/hold/", hold, name="order-hold"),
    path("orders/<uuid:order_id>/pay_balance/", pay_balance, name="order-pay-balance"),
    path("orders/<uuid:order_id>/documents/", issue, name="order-issue"),
    path(
        "orders/<uuid:order_id>/documents/<uuid:document_id>/",
        document_page,
        name="order-document",
    ),
    path("orders/<uuid:order_id>/cancel/", cancel_page, name="order-cancel"),
    path("board/", board_page, name="board"),
    path("orders/<uuid:order_id>/extend/", extend_page, name="order-extend-page"),
    path("quotes/<str:token>/", quote_page, name="quote"),
    path("register/", sign_up_page, name="sign-up"),
]
