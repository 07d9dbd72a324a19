from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("products/", views.ProductListView.as_view(), name="product-list"),
    path("products/<uuid:product_id>/", views.ProductDetailView.as_view(), name="product-detail"),
    path("categories/", views.CategoryListView.as_view(), name="category-list"),
    path("opening_hours/", views.OpeningHoursView.as_view(), name="opening-hours"),
]
