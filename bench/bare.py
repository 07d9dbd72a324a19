"""The least that Django can do on the same server: one view, no middleware, ready JSON.

What `my_orders` from the cache is compared with.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY=os.environ["SECRET_KEY"],
    MIDDLEWARE=[],
    LOGGING_CONFIG=None,
)

_ROW = {"id": "0" * 36, "order_number": "RO202401150001", "customer_name": "John Doe"} | {
    name: "2024-01-15T10:00:00Z" for name in "abcdefg"
}


def rows(request: HttpRequest) -> HttpResponse:
    """Twenty rows, as large as those of my_orders."""
    return HttpResponse(json.dumps({"data": [_ROW] * 20}), content_type="application/json")


urlpatterns = [path("rows/", rows)]
application = get_wsgi_application()
