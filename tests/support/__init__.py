"""What tests share: helpers, builders and fakes. No tests here."""
