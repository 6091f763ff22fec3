package plot

import "testing"

func TestLook(t *testing.T) {
	for _, f := range []func() error{
		func() error { return LearningCurves("/tmp/fig/learning.png", syntheticLearning(400)) },
		func() error { return Record("/tmp/fig/record.png", syntheticRecord(1301, 36)) },
		func() error { return Confusion("/tmp/fig/confusion.png", syntheticConfusion()) },
		func() error { return Histograms("/tmp/fig/histograms.png", syntheticHistograms()) },
	} {
		if err := f(); err != nil {
			t.Error(err)
		}
	}
}
