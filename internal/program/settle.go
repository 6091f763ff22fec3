package program

// Settle has a flag that was not given, by its name on the command line, take a value that depends on others, see
// [Completer].
func Settle[T any](f interface{ Given(flag string) bool }, flag string, value *T, otherwise T) {
	if !f.Given(flag) {
		*value = otherwise
	}
}
