package dependencies

import (
	"maps"
	"testing"
)

func TestEveryFileDeclaresWhatItsLanguagesToolsReadFromIt(t *testing.T) {
	for file, c := range map[string]struct {
		text string
		want map[string]string
	}{
		"services/orders/go.mod": {"module orders\n\ngo 1.26\n\nrequire (\n\tgithub.com/a/b v1.2.3\n\tgithub.com/c/d v0.1.0 // indirect\n)\nreplace github.com/c/d => ../d\n",
			map[string]string{"go": "1.26", "github.com/a/b": "v1.2.3", "github.com/c/d": "../d"}},
		"package.json": {`{"name": "web", "dependencies": {"react": "^19.0.0"}, "devDependencies": {"vite": "7.1.0", "react": "18"}}`,
			map[string]string{"react": "^19.0.0", "vite": "7.1.0"}},
		"requirements.txt": {"# ours\nflask==3.1.0\nrequests>=2.0,<3 ; python_version > '3.8'\n-r other.txt\nboto3 # any\nnumpy==2.0 --hash=sha256:1 \\\n",
			map[string]string{"flask": "3.1.0", "requests": ">=2.0,<3", "boto3": "any", "numpy": "2.0 --hash=sha256:1"}},
		"pom.xml": {`<project xmlns="http://maven.apache.org/POM/4.0.0"><parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>3.5.0</version></parent>
			<dependencyManagement><dependencies><dependency><groupId>a</groupId><artifactId>b</artifactId><version>1</version></dependency></dependencies></dependencyManagement>
			<dependencies><dependency><groupId>a</groupId><artifactId>b</artifactId></dependency><dependency><groupId>c</groupId><artifactId>d</artifactId><version>2</version></dependency></dependencies></project>`,
			map[string]string{"org.springframework.boot:spring-boot-starter-parent": "3.5.0", "a:b": "1", "c:d": "2"}},
	} {
		got, err := Read(file, []byte(c.text))
		if err != nil || !maps.Equal(got, c.want) || !Declares(file) {
			t.Errorf("%s declares %v (%v), want %v", file, got, err, c.want)
		}
	}
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	for _, file := range []string{"package.json", "pom.xml"} {
		if _, err := Read("a/"+file, []byte("<<<")); err == nil {
			t.Errorf("%s is read", file)
		}
	}
	if Declares("a/gopher.mod") {
		t.Error("any file declares dependencies")
	}
}
