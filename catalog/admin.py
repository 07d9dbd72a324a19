"""The staff's pages for categories and products."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from catalog.forms import PriceRuleForm, PriceTierForm, PriceTierFormSet, ProductForm
from catalog.models import (
    Category,
    ClosedDay,
    KitPart,
    OpeningHours,
    PriceRule,
    PriceTier,
    Product,
    QuantityDiscount,
    SupplyChange,
)
from common.money import format_money

_DURATION = "As days hours:minutes:seconds, such as 2 00:00:00 or 00:30:00."


@admin.register(Category)
class CategoryAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "slug", "position", "product_count"]
    list_editable = ["position"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return Category.objects.annotate(product_count=Count("products"))

    @admin.display(description="products", ordering="product_count")
    def product_count(self, category: Any) -> int:
        count: int = category.product_count
        return count


class PriceTierInline(TabularInline):  # type: ignore[misc]
    model = PriceTier
    form = PriceTierForm
    formset = PriceTierFormSet
    extra = 0
    min_num = 1

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # A product without a price cannot be rented.
        return super().get_formset(request, obj, **{"validate_min": True} | kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceTier]:
        return PriceTier.objects.shortest_first()


class QuantityDiscountInline(TabularInline):  # type: ignore[misc]
    model = QuantityDiscount
    extra = 0


class ProductRuleInline(TabularInline):  # type: ignore[misc]
    """The product's own rules; those of categories and of the shop have a page."""

    model = PriceRule
    form = PriceRuleForm
    fields = ["name", "percent", "first_on", "last_on", "every_year", "weekdays", "is_active"]
    extra = 0


class SupplyChangeInline(TabularInline):  # type: ignore[misc]
    model = SupplyChange
    fields = ["quantity", "starts_at", "ends_at", "reason", "note"]
    extra = 0


class KitPartInline(TabularInline):  # type: ignore[misc]
    model = KitPart
    fk_name = "kit"
    autocomplete_fields = ["part"]
    extra = 0


@admin.register(Product)
class ProductAdmin(ModelAdmin):  # type: ignore[misc]
    form = ProductForm
    inlines = [
        PriceTierInline,
        QuantityDiscountInline,
        ProductRuleInline,
        SupplyChangeInline,
        KitPartInline,
    ]
    list_display = ["name", "category", "units", "prices", "deposit_per_unit", "is_active"]
    list_filter = ["is_active", "category", "currency"]
    list_select_related = ["category"]
    search_fields = ["name", "slug", "description"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "category", "description", "image", "is_active"]}),
        (
            "Stock and price",
            {
                "fields": [
                    "units",
                    "tracks_units",
                    "currency",
                    "deposit",
                    "deposit_strategy",
                    "tax_rate",
                ]
            },
        ),
        (
            "Times",
            {
                "fields": [
                    "prep_time",
                    "turnaround_time",
                    "min_duration",
                    "max_duration",
                    "lead_time",
                ],
                "description": _DURATION,
            },
        ),
        (
            "Late returns",
            {
                "fields": ["late_fee", "late_fee_unit", "late_grace", "late_cap"],
                "description": _DURATION,
            },
        ),
        ("History", {"fields": ["created_at", "updated_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return Product.objects.with_tiers()

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> list[str]:
        # Stored amounts are in this currency's minor units: it is chosen once.
        return [*self.readonly_fields, "currency"] if obj else self.readonly_fields

    @admin.display(description="prices")
    def prices(self, product: Product) -> str:
        return ", ".join(
            f"{tier}: {format_money(tier.amount_minor, tier.currency)}"
            for tier in product.price_tiers.all()
        )

    @admin.display(description="deposit per unit", ordering="deposit_minor")
    def deposit_per_unit(self, product: Product) -> str:
        return format_money(product.deposit_minor, product.currency)


@admin.register(PriceRule)
class PriceRuleAdmin(ModelAdmin):  # type: ignore[misc]
    form = PriceRuleForm
    list_display = ["name", "percent", "days", "scope", "is_active"]
    list_filter = ["is_active", "category"]
    list_select_related = ["product", "category"]
    search_fields = ["name", "product__name", "category__name"]
    autocomplete_fields = ["product"]
    fields = [
        "name",
        "percent",
        "first_on",
        "last_on",
        "every_year",
        "weekdays",
        "product",
        "category",
        "is_active",
    ]

    @admin.display(description="days")
    def days(self, rule: PriceRule) -> str:
        return rule.words

    @admin.display(description="for")
    def scope(self, rule: PriceRule) -> str:
        return str(rule.product or rule.category or "All products")


@admin.register(OpeningHours)
class OpeningHoursAdmin(ModelAdmin):  # type: ignore[misc]
    """Without any rows the shop is always open."""

    list_display = ["weekday", "opens_at", "closes_at"]
    list_editable = ["opens_at", "closes_at"]


@admin.register(ClosedDay)
class ClosedDayAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["first_on", "last_on", "reason"]
    date_hierarchy = "first_on"
    search_fields = ["reason"]
