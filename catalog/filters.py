"""What the list of products can be narrowed down and sorted by; nothing else (matrix row F04)."""

import django_filters
from django.db.models import Q

from catalog.models import Product, ProductQuerySet


class StableOrdering(django_filters.OrderingFilter):  # type: ignore[misc]
    """Ends with the id, so that equals keep their places from page to page."""

    def filter(self, qs: ProductQuerySet, value: list[str] | None) -> ProductQuerySet:
        if not value:
            return qs
        return qs.order_by(*map(self.get_ordering_value, value), "id")


class ProductFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(
        method="search_words",
        max_length=100,
        help_text="Words that must all occur in the name, description or category.",
    )
    category = django_filters.CharFilter(
        field_name="category__slug", max_length=80, help_text="The slug of a category."
    )
    ordering = StableOrdering(
        fields={"name": "name", "created_at": "created"},
        help_text="By name or by age; a minus sign turns it around.",
    )

    class Meta:
        model = Product
        fields: list[str] = []

    def search_words(self, products: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        for word in value.split():
            products = products.filter(
                Q(name__icontains=word)
                | Q(description__icontains=word)
                | Q(category__name__icontains=word)
            )
        return products
