"""The outside world where there is none: the store's own stock, record, shelf and voice stand behind every port."""
