"""Goals in words, and the judges that say whether they were met."""
