"""DynamoDB: one table for all that Pluim remembers."""
