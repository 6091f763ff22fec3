package roofline

import (
	"fmt"
	"sync"
	"testing"
)

func TestSumAndFill(t *testing.T) {
	defer func(fast bool) { avx2 = fast }(avx2)
	for _, fast := range []bool{avx2, false} {
		avx2 = fast
		testSumAndFill(t)
	}
}

func testSumAndFill(t *testing.T) {
	t.Helper()
	x := make([]float32, 192)
	Fill(x[64:128], 3)
	for i, v := range x {
		if want := float32(3 * (i / 64 % 2)); v != want {
			t.Fatalf("element %d is %v, want %v", i, v, want)
		}
	}
	x[0], x[191] = .5, 1
	if got := Sum(x); got != 193.5 {
		t.Errorf("sum is %v, want 193.5", got)
	}
	FMA(3)
}

// BenchmarkPeak is the machine's peak, on one core and on two side by side.
func BenchmarkPeak(b *testing.B) {
	for _, cores := range []int{1, 2} {
		parallel := func(b *testing.B, unit string, amount float64, f func(core int)) {
			for b.Loop() {
				var wg sync.WaitGroup
				for core := range cores {
					wg.Go(func() { f(core) })
				}
				wg.Wait()
			}
			b.ReportMetric(float64(cores)*amount*float64(b.N)/float64(b.Elapsed().Nanoseconds()), unit)
		}
		b.Run(fmt.Sprintf("fma/cores=%d", cores), func(b *testing.B) {
			const n = 1 << 20
			parallel(b, "GFLOP/s", 192*n, func(int) { FMA(n) })
		})
		for _, kib := range []int{16, 256, 4096, 12288, 131072} {
			x := make([][]float32, cores)
			for i := range x {
				x[i] = make([]float32, kib*256)
				Fill(x[i], 1)
			}
			times := max(1, 65536/kib)
			bytes := float64(times) * float64(kib) * 1024
			b.Run(fmt.Sprintf("read/cores=%d/KiB=%d", cores, kib), func(b *testing.B) {
				parallel(b, "GB/s", bytes, func(core int) {
					for range times {
						Sum(x[core])
					}
				})
			})
			b.Run(fmt.Sprintf("write/cores=%d/KiB=%d", cores, kib), func(b *testing.B) {
				parallel(b, "GB/s", bytes, func(core int) {
					for range times {
						Fill(x[core], 2)
					}
				})
			})
		}
	}
}
