// Encodes stories (JSON on standard input, see ../encoders.ts) with golang.org/x/net/http2/hpack; base64 blocks as
// JSON out.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime/debug"

	"golang.org/x/net/http2/hpack"
)

type block struct {
	Resize []uint32 `json:"resize"`
	Fields [][]any  `json:"fields"`
}

type output struct {
	Version string     `json:"version"`
	Stories [][][]byte `json:"stories"`
}

func latin1(text string) string {
	octets := make([]byte, 0, len(text))
	for _, character := range text {
		octets = append(octets, byte(character))
	}
	return string(octets)
}

func encode(story []block) [][]byte {
	var buffer bytes.Buffer
	encoder := hpack.NewEncoder(&buffer)
	encoder.SetMaxDynamicTableSizeLimit(65536)
	blocks := [][]byte{}
	for _, block := range story {
		for _, size := range block.Resize {
			encoder.SetMaxDynamicTableSize(size)
		}
		for _, field := range block.Fields {
			err := encoder.WriteField(hpack.HeaderField{
				Name: latin1(field[0].(string)), Value: latin1(field[1].(string)), Sensitive: field[2].(bool),
			})
			if err != nil {
				panic(err)
			}
		}
		blocks = append(blocks, append([]byte{}, buffer.Bytes()...))
		buffer.Reset()
	}
	return blocks
}

func main() {
	var stories [][]block
	if err := json.NewDecoder(os.Stdin).Decode(&stories); err != nil {
		panic(err)
	}
	result := output{Version: "unknown", Stories: [][][]byte{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "golang.org/x/net" {
				result.Version = module.Version
			}
		}
	}
	for _, story := range stories {
		result.Stories = append(result.Stories, encode(story))
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
}
