from payments.models import BasePayment


class Payment(BasePayment):
    def get_failure_url(self):
        return f"http://shop.test/payments/{self.pk}/failure"

    def get_success_url(self):
        return f"http://shop.test/payments/{self.pk}/success"
