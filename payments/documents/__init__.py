"""Documents on paper: from what a document says to a PDF. Knows no order and no database."""

from payments.documents.printing import Paper, print_pdf

__all__ = ["Paper", "print_pdf"]
