package footprint

import "unsafe"

// The sizes of objects that the runtime allocates, as of Go 1.26: internal/runtime/gc/sizeclasses.go and
// runtime/msize.go. A test compares them with the runtime.
const (
	pageSize  = 8192
	smallMax  = 32768 - headerSize // larger objects are pages of their own
	fineMax   = 1024               // up to here classes are found in steps of 8 bytes, above in steps of 128
	fineStep  = 8
	roughStep = 128

	// An object with pointers has a header that describes its type, unless a bitmap in its span has a bit for each word.
	headerSize = 8
	bitmapMax  = 8 * unsafe.Sizeof(uintptr(0)) * unsafe.Sizeof(uintptr(0))
)

var classes = [...]uint16{
	8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512, 576, 640, 704,
	768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472,
	9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
}

var (
	fine  = steps[[fineMax/fineStep + 1]uint16](fineStep)
	rough = steps[[32768/roughStep + 1]uint16](roughStep)
)

// steps returns the smallest class for each multiple of step.
func steps[A [fineMax/fineStep + 1]uint16 | [32768/roughStep + 1]uint16](step int) (sizes A) {
	class := 0
	for i := range len(sizes) {
		for int(classes[class]) < i*step {
			class++
		}
		sizes[i] = classes[class]
	}
	return sizes
}

// allocated returns the bytes that the runtime allocates for an object of size bytes.
func allocated(size uintptr, pointers bool) int64 {
	switch {
	case size < uintptr(len(tiny)) && !pointers:
		return int64(tiny[size])
	case size > smallMax:
		return int64((size + pageSize - 1) &^ (pageSize - 1))
	case pointers && size > bitmapMax:
		size += headerSize
	}
	if size <= fineMax {
		return int64(fine[(size+fineStep-1)/fineStep])
	}
	return int64(rough[(size+roughStep-1)/roughStep])
}
