"""What higher apps add to the pages of a client and a household."""

from accounts.registries import Registry, Section

client_profile: Registry[Section] = Registry("client profile")
household_page: Registry[Section] = Registry("household page")
