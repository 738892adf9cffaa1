package theme

import "math"

// matrix turns amounts of red, green and blue into others, row by row.
type matrix [9]float64

func (m matrix) of(c linear) linear {
	var out linear
	for row := range out {
		for i := range c {
			out[row] += m[3*row+i] * c[i]
		}
		out[row] = max(0, min(1, out[row]))
	}
	return out
}

// What people see who lack one kind of cone, in linear sRGB.
//
// Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE
// Transactions on Visualization and Computer Graphics 15 (2009), at severity 1.0.
var (
	machadoProtan = matrix{0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998}
	machadoDeutan = matrix{0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881}
	machadoTritan = matrix{1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}
)

// Viénot, Brettel and Mollon, "Digital Video Colourmaps for Checking the Legibility of Displays by Dichromats", Color
// Research & Application 24 (1999), for sRGB.
var (
	vienotProtan = matrix{0.11238, 0.88762, 0, 0.11238, 0.88762, 0, 0.00401, -0.00401, 1}
	vienotDeutan = matrix{0.29275, 0.70725, 0, 0.29275, 0.70725, 0, -0.02234, 0.02234, 1}
)

// Brettel, Viénot and Mollon, "Computerized simulation of color appearance for dichromats", Journal of the Optical
// Society of America A 14 (1997), for sRGB: one matrix on either side of a plane, because one alone is no good for those
// who lack the cones for blue.
var (
	brettelTritanA = matrix{1.01277, 0.13548, -0.14826, -0.01243, 0.86812, 0.14431, 0.07589, 0.80500, 0.11911}
	brettelTritanB = matrix{0.93678, 0.18979, -0.12657, 0.06154, 0.81526, 0.12320, -0.37562, 1.12767, 0.24796}
	brettelPlane   = linear{0.03901, -0.02788, -0.01113}
)

func brettelTritan(c linear) linear {
	if brettelPlane[0]*c[0]+brettelPlane[1]*c[1]+brettelPlane[2]*c[2] >= 0 {
		return brettelTritanA.of(c)
	}
	return brettelTritanB.of(c)
}

// vision is how somebody sees a colour.
type vision struct {
	name string
	sees func(linear) linear
}

var everybody = vision{"everybody else", func(c linear) linear { return c }}

// visions are for whom a theme is made.
var visions = map[string][]vision{
	"deuteranopia": {{"a deuteranope (Machado)", machadoDeutan.of}, {"a deuteranope (Viénot)", vienotDeutan.of}},
	"protanopia":   {{"a protanope (Machado)", machadoProtan.of}, {"a protanope (Viénot)", vienotProtan.of}},
	"tritanopia":   {{"a tritanope (Machado)", machadoTritan.of}, {"a tritanope (Brettel)", brettelTritan}},
}

// lab is a colour in CIE L*a*b* under D65.
type lab struct{ l, a, b float64 }

func (c linear) lab() lab {
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / 0.95047)
	y := f(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	z := f((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / 1.08883)
	return lab{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// ciede2000 is how far apart two colours look: Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula", Color
// Research & Application 30 (2005). About 1 is what can just be seen side by side.
func ciede2000(p, q lab) float64 {
	grey := 0.5 * (1 - pull((math.Hypot(p.a, p.b)+math.Hypot(q.a, q.b))/2))
	a1, a2 := p.a*(1+grey), q.a*(1+grey)
	c1, c2 := math.Hypot(a1, p.b), math.Hypot(a2, q.b)
	h1, h2 := degrees(p.b, a1), degrees(q.b, a2)
	turn, h := hues2000(h1, h2, c1*c2 == 0)
	dl, dc, dh := q.l-p.l, c2-c1, 2*math.Sqrt(c1*c2)*sin(turn/2)
	l, c := (p.l+q.l)/2, (c1+c2)/2
	t := 1 - 0.17*cos(h-30) + 0.24*cos(2*h) + 0.32*cos(3*h+6) - 0.20*cos(4*h-63)
	sl := 1 + 0.015*(l-50)*(l-50)/math.Sqrt(20+(l-50)*(l-50))
	sc, sh := 1+0.045*c, 1+0.015*c*t
	rt := -sin(60*math.Exp(-(h-275)/25*(h-275)/25)) * 2 * pull(c)
	dl, dc, dh = dl/sl, dc/sc, dh/sh
	return math.Sqrt(dl*dl + dc*dc + dh*dh + rt*dc*dh)
}

// hues2000 is how far it is from one hue to the other, and the one halfway.
func hues2000(h1, h2 float64, grey bool) (turn, middle float64) {
	turn = h2 - h1
	switch {
	case grey:
		return 0, h1 + h2
	case turn > 180:
		turn -= 360
	case turn < -180:
		turn += 360
	}
	if middle = h1 + turn/2; middle < 0 {
		middle += 360
	}
	return turn, math.Mod(middle, 360)
}

func pull(chroma float64) float64 {
	return math.Sqrt(math.Pow(chroma, 7) / (math.Pow(chroma, 7) + math.Pow(25, 7)))
}

func sin(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }
func cos(degrees float64) float64 { return math.Cos(degrees * math.Pi / 180) }

func degrees(y, x float64) float64 {
	if d := math.Atan2(y, x) * 180 / math.Pi; d >= 0 {
		return d
	}
	return math.Atan2(y, x)*180/math.Pi + 360
}
