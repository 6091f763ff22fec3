//go:build !linux || race

package memlimit

import "github.com/pkg/errors"

const supported = false

func begin(int64) (int64, error) { return 0, errors.New("memory is not measured here") }

func status(string) (int64, error) { return 0, errors.New("memory is not measured here") }
